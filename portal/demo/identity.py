"""The register of `settings.IDENTITY_CHECK` in the demonstration, where all people are invented."""

from portal.core.ports import for_demonstration_only


def believe(national_code: str, mobile: str) -> bool:
    """Everybody is who they say; the portal's own people are still asked for by `portal.accounts.sign_in`.

    Raises ImproperlyConfigured outside the demonstration.
    """
    for_demonstration_only("The demo register believes everybody")
    return True
