"""The base of every step's form."""

from typing import Any

from django.utils.translation import gettext as _

from portal.core.forms import StepForm
from portal.workflow.models import Stateful


class SubjectForm(StepForm):
    """A step's form that knows the record it is about; its clean data become the facts of the step."""

    def __init__(self, *args: Any, subject: Stateful, **options: Any) -> None:
        options["initial"] = {"seen": subject.revision} | options.get("initial", {})
        super().__init__(*args, **options)
        self.subject: Any = subject

    def clean(self) -> dict[str, Any]:
        """Without revision and key nobody could tell an outdated page, or a form sent twice, from a fresh decision."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("seen") is None or cleaned.get("key") is None:
            for name in ("seen", "key"):
                self.errors.pop(name, None)
            self.add_error(None, _("This form did not arrive whole. Open the page again and send it once more."))
        return cleaned

    def refuse(self, why: str) -> None:
        """Show above the form why its step was not taken; what was typed stays."""
        self.add_error(None, why)
