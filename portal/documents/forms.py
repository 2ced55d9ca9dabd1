"""Forms of the steps of a certificate."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.documents.models import Revocation
from portal.workflow.forms import SubjectForm


class RevokeForm(SubjectForm):
    """Why the certificate loses its force."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=Revocation.choices, widget=forms.RadioSelect,
        error_messages={"required": _("Choose the reason. The applicant reads it, and it stays in the ledger.")},
    )  # fmt: skip
