"""Whether a mobile is held by a person: the port to the operators' register (شاهکار, inquiries.md 4.4)."""

import logging
from typing import Any

from django.core.checks import Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from portal.core.ports import Port

logger = logging.getLogger(__name__)

REGISTER = Port(
    "IDENTITY_CHECK",
    needs="the callable that asks whether a mobile is held by a person",
    otherwise="anybody could come in another's name",
    ids=("portal.E012", "portal.E013", "portal.E014"),
)


def holds(national_code: str, mobile: str) -> bool:
    """Ask the register that `settings.IDENTITY_CHECK` names. A remote call: keep it out of transactions.

    A register that fails has said nothing of the pair: False, and a line in the log. People whom the portal knows sign
    in all the same; nobody new comes in meanwhile.
    """
    ask = REGISTER.load()
    try:
        return bool(ask(national_code, mobile))
    except ImproperlyConfigured:
        raise
    except Exception as error:
        # Only the kind of the error: its text may hold what was asked.
        logger.error("register: no answer (%s).", type(error).__name__)
        return False


@register(Tags.security)
def a_register_is_configured(**_options: Any) -> list[Error]:
    """Without a register the first to come would own an identity, so the portal refuses to start."""
    return REGISTER.errors()
