"""An act on the register is done when it is written: its first entry is its last."""

from django.utils.translation import gettext_lazy as _

from portal.workflow.steps import Workflow

REGISTER_ACT = Workflow("register_act", "done", {"done": _("Done")}, ())
