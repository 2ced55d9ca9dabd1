"""What people type into an inquiry, checked. Nothing here saves."""

import re
from datetime import timedelta
from fractions import Fraction
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inquiries.kept import KeptUpload, recall, remember
from inquiries.models import Capacity, Deal, Finding
from inquiries.papers import papers_of
from portal.accounts import limits
from portal.accounts.limits import Limit
from portal.casework import storage, uploads
from portal.casework.models import Case
from portal.catalogue import rules
from portal.catalogue.models import ReasonCode
from portal.core.errors import Refusal
from portal.core.forms import JalaliDateField, NationalCodeField, PortalForm, RenovationCodeField, StepForm
from portal.core.persian import ascii_digits
from portal.core.templatetags.ui import fa
from portal.workflow.forms import SubjectForm

# --- filing ----------------------------------------------------------------------------------------------------------


class PropertyForm(StepForm):
    """Step 1: which property, and in which capacity the applicant files."""

    renovation_code = RenovationCodeField(
        label=_("Renovation code"),
        help_text=_("Seven numbers from the renovation bill or the last certificate; any digits and separators."),
    )
    capacity = forms.ChoiceField(label=_("You file as"), choices=Capacity.choices, initial=Capacity.OWNER)


SHARE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}|/[0-9]{1,9})?")


class ShareField(forms.Field):
    """A share in dang of six: `6`, `1.5`, `۱٫۵`, `3/2`; cleans to an exact Fraction of the whole."""

    default_error_messages = {
        "invalid": _("Write the share in dang: a number up to 6, such as 3, 1.5 or 3/2."),
        "range": _("The share is more than 0 and at most 6 dang."),
    }

    def to_python(self, value: Any) -> Fraction | None:
        text = ascii_digits(str(value or "")).replace("٫", ".").replace("٬", "").strip()
        if not text:
            return None
        # Fraction would also take "1e99999999" and reckon with a hundred million digits.
        if not SHARE.fullmatch(text):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        try:
            dang = Fraction(text)
        except ZeroDivisionError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        if not 0 < dang <= 6:
            raise ValidationError(self.error_messages["range"], code="range")
        if dang.denominator > 100_000:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return dang / 6

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Fraction):
            return value
        dang = value * 6
        return fa(dang.numerator if dang.denominator == 1 else f"{dang.numerator}/{dang.denominator}")


class DigitsField(forms.CharField):
    """A short number typed in any digits; kept as ASCII text, because leading zeros matter."""

    default_error_messages = {"digits": _("Write digits only.")}

    def to_python(self, value: Any) -> str:
        text = ascii_digits(super().to_python(value) or "").strip()
        if text and not text.isdigit():
            raise ValidationError(self.error_messages["digits"], code="digits")
        return text

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "numeric", "dir": "ltr", "autocomplete": "off"}


class AsciiField(forms.CharField):
    """A number with letters and signs, as on a letter: digits of any script become ASCII."""

    def to_python(self, value: Any) -> str:
        return ascii_digits(super().to_python(value) or "").strip()


LETTER_LIFE = timedelta(days=180)


class LetterDateField(JalaliDateField):
    """The date of a notary's letter: not to come, and not older than the six months within which it is answered."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and timezone.localdate() - value > LETTER_LIFE:
            raise ValidationError(_("This letter is older than six months. Ask the notary office for a new letter."))


def deal_fields() -> dict[str, forms.Field]:
    """The fields of the second step; a correction shows some of the very same."""
    return {
        "deal": forms.ChoiceField(label=_("Kind of deed"), choices=[("", _("Choose…")), *Deal.choices]),
        "share": ShareField(
            label=_("Share to be transferred, in dang"),
            initial=Fraction(1),
            help_text=_("The whole property is six dang."),
        ),
        "notary_number": DigitsField(label=_("Number of the notary office"), max_length=6),
        "notary_city": forms.CharField(label=_("City of the notary office"), max_length=60, initial="ارومیه"),
        "letter_no": AsciiField(
            label=_("Number of the inquiry letter"), max_length=40, help_text=_("As it stands on the notary's letter.")
        ),
        "letter_date": LetterDateField(
            label=_("Date of the inquiry letter"),
            allow_future=False,
            help_text=_("Year/month/day, such as 1405/08/20."),
        ),
        "buyer_national_code": NationalCodeField(label=_("National code of the buyer"), required=False),
        "planned_on": JalaliDateField(label=_("Planned day of the deed"), required=False),
    }


def owner_code_of(case: Case) -> str:
    """The national code of an applicant who files as owner and so cannot be the buyer; empty for all others."""
    return case.applicant.national_code if case.applicant and case.inquiry.capacity == Capacity.OWNER else ""


def check_buyer(code: str, owner_code: str) -> None:
    if code and code == owner_code:
        raise ValidationError(_("This is your own national code. Write the buyer's, or leave it empty."), code="own")


class DealForm(StepForm):
    """Step 2: the deal and the notary. `owner_code` is the applicant's national code when the owner files."""

    def __init__(self, *args: Any, owner_code: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self.owner_code = owner_code
        self.fields.update(deal_fields())
        self.order_fields(["notary_number", "notary_city", "letter_no", "letter_date", "deal", "share"])
        if self.is_bound:
            self.data = self._normalised(self.data)

    def clean_buyer_national_code(self) -> Any:
        code = self.cleaned_data["buyer_national_code"]
        check_buyer(code, self.owner_code)
        return code

    def clean_planned_on(self) -> Any:
        day = self.cleaned_data["planned_on"]
        if day and day < timezone.localdate():
            raise ValidationError(_("The planned day of the deed has passed. Leave it empty or write a coming day."))
        return day


PAPERS_PER_PERSON = (Limit(60, 3600), Limit(200, 24 * 3600))


class PaperField(forms.FileField):
    """An uploaded paper; cleans to a `CleanUpload` whose bytes are already in the store, so nothing is lost later.

    `sender` is the id of the person who sends it: how much one person may send is limited (reliability.md 4.4).
    """

    sender: object = None

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), **uploads.INPUT_ATTRIBUTES}

    def to_python(self, data: Any) -> Any:
        if data in self.empty_values:
            return None
        try:
            limits.take("paper", str(self.sender), PAPERS_PER_PERSON)
            clean = uploads.clean(data, declared_type=data.content_type or "", name=data.name, sender=str(self.sender))
        except Refusal as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal
        storage.put(clean.cleaned)
        return clean

    def clean(self, data: Any, initial: Any = None) -> Any:
        if not data and self.required and not initial:
            raise ValidationError(_("Choose the file of this paper: a photo (JPEG, PNG) or a PDF."), code="required")
        return self.to_python(data)


def paper_field(label: Any, sender: object) -> PaperField:
    field = PaperField(label=label)
    field.sender = sender
    return field


class PaperForm(PortalForm):
    """Step 3, one paper at a time: what was sent is kept even if the next one fails."""

    document = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, sender: object, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["file"] = paper_field(_("File"), sender)


class SubmitForm(SubjectForm):
    """Step 4: the declaration."""

    is_declared = forms.BooleanField(
        label=_("I declare that what I wrote is true and that the papers are mine to use."),
        error_messages={"required": _("Tick the declaration before you file.")},
    )


# --- what is asked again ---------------------------------------------------------------------------------------------

FIELD_ITEMS = ("deal", "share", "notary_number", "notary_city", "letter_no", "letter_date", "buyer_national_code")


def items_of(case: Case) -> dict[str, Any]:
    """Every field and paper that a reviewer may ask to be corrected, with its label."""
    fields = {name: field.label for name, field in deal_fields().items() if name in FIELD_ITEMS}
    return fields | {paper.code: paper.local_title for paper in papers_of(case, timezone.localdate())}


class ReturnForm(SubjectForm):
    """A coded reason beside each field or paper that must be corrected; nothing else becomes editable."""

    note = forms.CharField(
        label=_("Note to the applicant"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Say what exactly is wrong; the applicant reads this."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        reasons = rules.reasons(ReasonCode.Stage.RETURN, timezone.localdate()).exclude(code="B14")
        choices = [("", _("in order")), *((r.code, f"{r.code} — {r.local_title}") for r in reasons)]
        self.items = items_of(self.subject)
        for item, label in self.items.items():
            self.fields[f"item_{item}"] = forms.ChoiceField(label=label, choices=choices, required=False)
        self.order_fields([*(f"item_{item}" for item in self.items), "note"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        asked = {item: data.pop(f"item_{item}", "") for item in self.items}
        data["items"] = {item: reason for item, reason in asked.items() if reason}
        if not data["items"]:
            raise ValidationError(_("Choose at least one field or paper and the reason it must be corrected."))
        return data


class AnswerForm(SubjectForm):
    """The applicant's answer: exactly the fields and papers that were named.

    A paper that passed while another field did not is remembered in a hidden field `kept_<document>`.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.asked = list(
            self.subject.deficiencies.filter(answered_at=None).order_by("id").values_list("item", flat=True)
        )
        self.kept: dict[str, KeptUpload] = {}
        offered, labels = deal_fields(), items_of(self.subject)
        for item in self.asked:
            if item == "debts":
                self.fields[item] = forms.BooleanField(label=_("I have settled these debts at the revenue desk."))
            elif item in offered:
                self.fields[item] = offered[item]
                self.fields[item].required = True
                self.initial[item] = getattr(self.subject.inquiry, item)
            else:
                self._offer_paper(item, labels.get(item, item))
        if self.is_bound:
            self.data = self._normalised(self.data)

    def _offer_paper(self, item: str, label: Any) -> None:
        self.fields[item] = paper_field(label, self.subject.applicant_id)
        self.fields[f"kept_{item}"] = forms.CharField(required=False, widget=forms.HiddenInput)
        kept = recall(self.data.get(f"kept_{item}", ""), case=self.subject.pk, document=item) if self.is_bound else None
        if kept:
            self._keep(item, kept)

    def _keep(self, item: str, kept: KeptUpload) -> None:
        self.kept[item] = kept
        self.fields[item].required = False
        received = _("Received: %(name)s. Choose a file only to replace it.") % {"name": kept.shown_name}
        self[item].help_text = received  # of the bound field, which cleaning has made already

    def _ask_again(self, item: str) -> None:
        self.kept.pop(item, None)
        self.fields[item].required = True
        self[item].help_text = ""

    def clean_buyer_national_code(self) -> Any:
        code = self.cleaned_data["buyer_national_code"]
        check_buyer(code, owner_code_of(self.subject))
        return code

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        papers: dict[str, Any] = {}
        fields: dict[str, Any] = {}
        for item in self.asked:
            if isinstance(self.fields[item], PaperField):
                data.pop(f"kept_{item}", None)
                papers[item] = data.pop(item, None) or self.kept.get(item)
            elif item in data:
                fields |= share_columns(data.pop(item)) if item == "share" else {item: data.pop(item)}
        fields.pop("debts", None)
        if self.errors:
            self._remember(papers)
        data["fields"], data["papers"] = fields, papers
        return data

    def refuse(self, why: str) -> None:
        self._remember(self.cleaned_data["papers"])
        super().refuse(why)

    def _remember(self, papers: dict[str, Any]) -> None:
        """Put a token of each new paper into the page. One that came by a token keeps it, and so its first time."""
        typed: Any = self.data  # a QueryDict, or a dict in a test
        self.data = typed = typed.copy()
        for item, paper in papers.items():
            if paper and not storage.exists(paper.cleaned_sha256):
                typed.pop(f"kept_{item}", None)
                self._ask_again(item)
            elif paper and paper is not self.kept.get(item):
                typed[f"kept_{item}"] = remember(paper, case=self.subject.pk, document=item)
                self._keep(item, KeptUpload.of(paper))


def share_columns(share: Fraction) -> dict[str, int]:
    return {"share_numerator": share.numerator, "share_denominator": share.denominator}


# --- desks -----------------------------------------------------------------------------------------------------------


class IntakeForm(SubjectForm):
    """The first look: is this a case that can be worked on at all?"""

    is_letter_readable = forms.BooleanField(
        label=_("The notary's letter is readable and is an inquiry for a transfer."),
        error_messages={"required": _("Confirm that the letter is readable, or return the file.")},
    )
    is_identity_matching = forms.BooleanField(
        label=_("The identity papers belong to the applicant or the owner."),
        error_messages={"required": _("Confirm whose the identity papers are, or return the file.")},
    )


class FileNumberField(AsciiField):
    """Neither required nor optional: the help text says when it is needed."""

    is_conditional = True


class ArchiveForm(SubjectForm):
    """Match with the paper archive."""

    has_file = forms.TypedChoiceField(
        label=_("Is there a paper file?"),
        choices=[("yes", _("Yes, and it matches the register")), ("no", _("No paper file exists"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    file_number = FileNumberField(
        label=_("Number of the paper file"),
        required=False,
        max_length=40,
        help_text=_("Needed if there is a paper file."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("has_file") and not data.get("file_number"):
            self.add_error("file_number", _("Write the number under which the file stands in the archive."))
        return data


QUESTIONS: dict[str, Any] = {
    "deed_matches": _("The deed matches the register (plate, area, owners)."),
    "letter_matches": _("Number and date of the letter match its image."),
    "papers_complete": _("All papers are readable and complete."),
    "state_matches": _("The buildings on file match the last certificate."),
    "plan_current": _("Plan and setback data of this parcel are current."),
}


class ReviewForm(SubjectForm):
    """The reviewer's structured findings."""

    note = forms.CharField(
        label=_("Note to colleagues"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for question, label in QUESTIONS.items():
            self.fields[question] = forms.ChoiceField(
                label=label,
                choices=Finding.Outcome.choices,
                widget=forms.RadioSelect,
                error_messages={"required": _("Answer this question.")},
            )
        self.order_fields([*QUESTIONS, "note"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        data["findings"] = {question: data.pop(question, "") for question in QUESTIONS}
        return data


class RejectForm(SubjectForm):
    """A coded reason and the sentence the applicant reads."""

    note = forms.CharField(
        label=_("Explanation for the applicant"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        reasons = rules.reasons(ReasonCode.Stage.REJECT, timezone.localdate()).exclude(code="R10")
        choices = [("", _("Choose…")), *((r.code, f"{r.code} — {r.local_title}") for r in reasons)]
        self.fields["reason"] = forms.ChoiceField(label=_("Reason"), choices=choices)
        self.order_fields(["reason", "note"])


class SendBackForm(SubjectForm):
    note = forms.CharField(
        label=_("What the reviewer should look at"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class SignForm(SubjectForm):
    """The signature covers the contents that the page showed, by their digest."""

    contents = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.is_bound:
            from inquiries.certificate import contents, contents_digest

            self.initial["contents"] = lambda: contents_digest(contents(self.subject))
