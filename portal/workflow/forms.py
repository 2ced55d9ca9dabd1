"""The base of every step's form."""

from typing import Any

from portal.core.forms import StepForm
from portal.workflow.models import Stateful


class SubjectForm(StepForm):
    """A step's form that knows the record it is about; its clean data become the facts of the step."""

    def __init__(self, *args: Any, subject: Stateful, **options: Any) -> None:
        options["initial"] = {"seen": subject.revision} | options.get("initial", {})
        super().__init__(*args, **options)
        self.subject: Any = subject

    def refuse(self, why: str) -> None:
        """Show above the form why its step was not taken; what was typed stays."""
        self.add_error(None, why)
