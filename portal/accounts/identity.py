"""Whether a mobile is held by a person: the port to the operators' register (شاهکار, inquiries.md 4.4)."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

Check = Callable[[str, str], bool]


def holds(national_code: str, mobile: str) -> bool:
    """Ask the register that `settings.IDENTITY_CHECK` names. A remote call: keep it out of transactions."""
    return _check()(national_code, mobile)


def _check() -> Check:
    if not settings.IDENTITY_CHECK:
        raise ImproperlyConfigured("IDENTITY_CHECK names no register: anybody could come in another's name.")
    return import_string(settings.IDENTITY_CHECK)


@register(Tags.security)
def a_register_is_configured(**_options: Any) -> list[Error]:
    """Without a register the first to come would own an identity, so the portal refuses to start."""
    if not settings.IDENTITY_CHECK:
        text = "IDENTITY_CHECK is empty: set it to the callable that asks whether a mobile is held by a person."
        return [Error(text, id="portal.E012")]
    try:
        _check()
    except ImportError as error:
        return [Error(f"IDENTITY_CHECK cannot be imported: {error}", id="portal.E013")]
    return []
