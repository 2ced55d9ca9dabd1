"""The channel of `settings.CODE_DELIVERY` in the demonstration: messages go to a page instead of a phone."""

from portal.core.ports import for_demonstration_only
from portal.demo.models import DemoMessage


def deliver(mobile: str, code: str, purpose: str) -> None:
    """Put the message into the demo inbox. Raises ImproperlyConfigured outside the demonstration."""
    for_demonstration_only("The demo inbox shows codes to everyone")
    DemoMessage.objects.create(mobile=mobile, code=code, purpose=purpose)
