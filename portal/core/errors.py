"""Refusals: what a person can cause and mend. Everything else is a bug and crashes loudly."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """The act was not done, and the message says, in the user's language, what to do next."""

    code = "refused"
    message = _("This could not be done.")

    def __init__(self, message: object = None) -> None:
        super().__init__(message or self.message)


class StaleRecord(Refusal):
    """The page showed an older revision; reload and decide again."""

    code = "stale_record"
    message = _("This file changed after you opened the page. Look at it again and decide anew; nothing was saved.")


class NotYet(Exception):
    """What must come first has not come: the duty stays, and is tried again."""


class IllegalStep(Refusal):
    """The workflow has no such step from the present state."""

    code = "illegal_step"
    message = _("This file has already moved on. The page now shows where it stands.")


class GuardFailed(Refusal):
    """A rule of the workflow forbids the step for now."""

    code = "guard_failed"


class StepUpNeeded(Refusal):
    """The step needs a fresh second factor."""

    code = "step_up_needed"
    message = _("Confirm with your one-time code before this decision.")


class KeyReused(Refusal):
    """The same form key came again with other content (reliability.md 3.2.2)."""

    code = "key_reused"
    message = _("This form was already sent with other content. Open it again and send it once.")


class AlreadyDone(Exception):
    """A claim of `once` found its work done; `location` is where the first answer lives, if anywhere."""

    def __init__(self, location: str = "") -> None:
        super().__init__(location)
        self.location = location


class NotAllowed(PermissionDenied):
    """The actor may see the record but not take this step: Django answers 403."""
