"""The page of a case: each workflow brings its own, registered by `portal.wiring`."""

from collections.abc import Callable

from django.http import HttpResponse

from portal.accounts.middleware import PortalRequest
from portal.casework.models import Case, opened

Page = Callable[..., HttpResponse]
PAGES: dict[str, Page] = {}


def case_page(
    request: PortalRequest, case: Case, *, action: str = "", form: object = None, status: int = 200
) -> HttpResponse:
    """Log the opening, then render; `form` is the bound form of `action` when it did not pass."""
    opened(case, actor=request.actor, purpose=action or "read")
    return PAGES[case.workflow](request, case, action=action, form=form, status=status)
