"""How a one-time code reaches a mobile: through the channel that `settings.CODE_DELIVERY` names."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

Channel = Callable[[str, str, str], None]
MISMATCH, GUESSING = "mismatch", "guessing"  # the purposes of notices without a code


def send_code(mobile: str, code: str, purpose: str) -> None:
    """Hand the code to the channel. Never logs it; call it outside a transaction."""
    _channel()(mobile, code, purpose)


def send_mismatch_notice(mobile: str) -> None:
    """Tell the owner of the mobile that it was given together with a national code that is not theirs."""
    _channel()(mobile, "", MISMATCH)


def send_guessing_notice(mobile: str) -> None:
    """Tell the owner of the mobile that somebody typed five wrong codes for it."""
    _channel()(mobile, "", GUESSING)


def _channel() -> Channel:
    if not settings.CODE_DELIVERY:
        raise ImproperlyConfigured("CODE_DELIVERY names no channel: nobody could receive a one-time code.")
    return import_string(settings.CODE_DELIVERY)


@register(Tags.security)
def a_channel_is_configured(**_options: Any) -> list[Error]:
    """Without a channel the portal refuses to start, rather than pretend that codes were sent."""
    if not settings.CODE_DELIVERY:
        return [Error("CODE_DELIVERY is empty: set it to the callable that sends text messages.", id="portal.E010")]
    try:
        _channel()
    except ImportError as error:
        return [Error(f"CODE_DELIVERY cannot be imported: {error}", id="portal.E011")]
    return []
