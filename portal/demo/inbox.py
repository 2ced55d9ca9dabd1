"""The channel of `settings.CODE_DELIVERY` in the demonstration: messages go to a page instead of a phone."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from portal.demo.models import DemoMessage


def deliver(mobile: str, code: str, purpose: str) -> None:
    """Put the message into the demo inbox. Raises ImproperlyConfigured outside the demonstration."""
    if not settings.DEMO:
        raise ImproperlyConfigured("The demo inbox shows codes to everyone; it serves the demonstration only.")
    DemoMessage.objects.create(mobile=mobile, code=code, purpose=purpose)
