import hashlib

import pytest

from portal.documents.canonical import NotCanonical, canonical_bytes, digest, printed_digest


def test_keys_are_sorted_without_spaces_in_utf8():
    assert canonical_bytes({"ب": [1, True], "a": "x\n"}) == '{"a":"x\\n","ب":[1,true]}'.encode()


def test_the_order_of_keys_does_not_change_the_digest():
    assert digest({"a": 1, "b": {"c": "۱", "d": 2}}) == digest({"b": {"d": 2, "c": "۱"}, "a": 1})


def test_the_digest_is_the_sha256_that_anyone_can_recompute():
    assert digest({"a": 1}) == hashlib.sha256(b'{"a":1}').hexdigest()


@pytest.mark.parametrize("value", [1.0, {"a": 2.5}, [float("nan")], {"a": None}, {1: "a"}, b"bytes", {"a": {1, 2}}])
def test_a_value_without_one_byte_form_is_refused(value):
    with pytest.raises(NotCanonical):
        canonical_bytes(value)


def test_sixteen_capital_digits_are_printed():
    assert printed_digest("ab" * 32) == "ABABABABABABABAB"
