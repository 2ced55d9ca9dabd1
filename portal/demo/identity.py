"""The register of `settings.IDENTITY_CHECK` in the demonstration, where all people are invented."""


def believe(national_code: str, mobile: str) -> bool:
    """Everybody is who they say; the portal's own people are still asked for by `portal.accounts.sign_in`."""
    return True
