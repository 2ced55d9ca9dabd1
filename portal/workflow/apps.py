from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class WorkflowConfig(AppConfig):
    name = "portal.workflow"
    label = "workflow"
    verbose_name = _("Workflow")

    def ready(self) -> None:
        # The map of workflows and events stands above every app, so it is named in settings and imported late.
        import_module(settings.WIRING)
