"""One byte form for each record, the same that RFC 8785 gives."""

import hashlib

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from portal.core.canonical import NotCanonical, canonical_bytes, digest

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcxyz_", max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abcxyz_", max_size=6), values, max_size=5))
def test_the_canonical_form_is_that_of_rfc_8785(body):
    assert canonical_bytes(body) == rfc8785.dumps(body)


@pytest.mark.parametrize("value", [1.5, 2**53, b"bytes", {1: "x"}, {"کلید": 1}, {1, 2}])
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(NotCanonical):
        canonical_bytes({"data": value})


def test_the_order_of_keys_does_not_change_the_digest():
    assert digest({"a": 1, "b": {"c": "۱", "d": 2}}) == digest({"b": {"d": 2, "c": "۱"}, "a": 1})


def test_the_digest_is_the_sha256_that_anyone_can_recompute():
    assert digest({"a": 1}) == hashlib.sha256(b'{"a":1}').hexdigest()
