"""How a one-time code reaches a mobile: through the channel that `settings.CODE_DELIVERY` names."""

from typing import Any

from django.core.checks import Error, Tags, register

from portal.core.ports import Port

CHANNEL = Port(
    "CODE_DELIVERY",
    needs="the callable that sends text messages",
    otherwise="nobody could receive a one-time code",
    ids=("portal.E010", "portal.E011", "portal.E015"),
)
MISMATCH, GUESSING = "mismatch", "guessing"  # the purposes of notices without a code


def send_code(mobile: str, code: str, purpose: str) -> None:
    """Hand the code to the channel. Never logs it; call it outside a transaction."""
    CHANNEL.load()(mobile, code, purpose)


def send_mismatch_notice(mobile: str) -> None:
    """Tell the owner of the mobile that it was given together with a national code that is not theirs."""
    CHANNEL.load()(mobile, "", MISMATCH)


def send_guessing_notice(mobile: str) -> None:
    """Tell the owner of the mobile that somebody typed five wrong codes for it."""
    CHANNEL.load()(mobile, "", GUESSING)


@register(Tags.security)
def a_channel_is_configured(**_options: Any) -> list[Error]:
    """Without a channel the portal refuses to start, rather than pretend that codes were sent."""
    return CHANNEL.errors()
