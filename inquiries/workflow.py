"""The life of a transfer inquiry: the first file to read. Source: inquiries.md 1.5, 1.11.

Payment, visits, holds' release and the other kinds of inquiry are not in this table because they do not exist yet.
"""

from django.utils.translation import gettext_lazy as _

from inquiries import effects, forms
from portal.accounts.models import Role
from portal.casework.worklist import note_release
from portal.workflow.permissions import Permission, applicant, staff, system
from portal.workflow.steps import Back, Step, Workflow

HELP_DESK, ARCHIVIST = staff(Role.HELP_DESK), staff(Role.ARCHIVIST)
REVIEWER, APPROVER, SIGNATORY = staff(Role.REVIEWER), staff(Role.APPROVER), staff(Role.SIGNATORY)
AT_DESK = (effects.is_in_hand, effects.is_not_own_case)
STILL_SO = (effects.nothing_holds, effects.note8_allows, effects.is_still_clear)

DESKS = {
    "help_desk": ("in_intake",),
    "archivist": ("in_archive_match",),
    "reviewer": ("in_review",),
    "approver": ("awaiting_approval",),
    "signatory": ("awaiting_signature",),
}
"""Which states wait in the worklist of which role."""

RETURNABLE = ("in_intake", "in_archive_match", "in_review", "in_debt_check")

STATES = {
    "draft": _("draft"),
    "in_intake": _("initial check"),
    "in_archive_match": _("matching with the archive"),
    "in_triage": _("choosing the route"),
    "in_review": _("under review"),
    "in_debt_check": _("debt check"),
    "awaiting_approval": _("awaiting approval"),
    "awaiting_signature": _("awaiting signature"),
    "in_issue": _("certificate in the making"),
    "issued": _("issued"),
    "returned": _("returned for correction"),
    "rejected": _("rejected"),
    "withdrawn": _("withdrawn"),
    "expired": _("expired"),
    "revoked": _("certificate revoked"),
}


def return_from(state: str, desk: Permission) -> Step:
    return Step(
        action="return", source=state, target="returned", by=desk, guards=AT_DESK, effect=effects.return_case,
        form=forms.ReturnForm, label=_("Return for correction"), done=_("The file went back to the applicant."),
    )  # fmt: skip


def reject_from(state: str, desk: Permission) -> Step:
    return Step(
        action="reject", source=state, target="rejected", by=desk, guards=AT_DESK, effect=effects.reject,
        form=forms.RejectForm, label=_("Reject"), done=_("The file is rejected."), look="danger",
    )  # fmt: skip


def withdraw_from(state: str) -> Step:
    return Step(
        action="withdraw", source=state, target="withdrawn", by=applicant, effect=effects.close,
        label=_("Withdraw"), done=_("Your application is withdrawn."), look="danger",
    )  # fmt: skip


def follow_revocation_from(state: str) -> Step:
    return Step(
        action="revoke", source=state, target="revoked", by=system("revocation"), effect=effects.note_revocation
    )


TRANSFER_INQUIRY = Workflow(
    "transfer_inquiry",
    "draft",
    STATES,
    (
        Step(
            action="submit", source="draft", target="in_intake", by=applicant, look="primary",
            guards=(effects.is_live_here, effects.is_entitled, effects.is_complete, effects.is_not_filed_yet),
            effect=effects.file_case, form=forms.SubmitForm, label=_("File the inquiry"),
        ),
        Step(action="discard", source="draft", target="withdrawn", by=applicant, label=_("Discard this draft")),
        Step(action="expire", source="draft", target="expired", by=system("deadline-timer")),
        # Intake
        Step(
            action="accept", source="in_intake", target="in_archive_match", by=HELP_DESK, guards=AT_DESK,
            form=forms.IntakeForm, label=_("Accept"), done=_("The file went to the archive."), look="primary",
        ),
        return_from("in_intake", HELP_DESK),
        reject_from("in_intake", HELP_DESK),
        withdraw_from("in_intake"),
        # Archive
        Step(
            action="match", source="in_archive_match", target="in_triage", by=ARCHIVIST, guards=AT_DESK,
            effect=effects.note_archive, form=forms.ArchiveForm, label=_("Record the match"),
            done=_("The file went on to review."), look="primary",
        ),
        return_from("in_archive_match", ARCHIVIST),
        withdraw_from("in_archive_match"),
        # Triage: without visits there is one route
        Step(action="route", source="in_triage", target="in_review", by=system("triage-rule")),
        # Review
        Step(
            action="endorse", source="in_review", target="in_debt_check", by=REVIEWER,
            guards=(*AT_DESK, effects.all_findings_pass, effects.nothing_holds, effects.note8_allows),
            effect=effects.keep_findings, form=forms.ReviewForm,
            label=_("Send for approval"), done=_("Your findings are recorded."), look="primary",
        ),
        return_from("in_review", REVIEWER),
        reject_from("in_review", REVIEWER),
        withdraw_from("in_review"),
        # Debts, from the register
        Step(
            action="clear", source="in_debt_check", target="awaiting_approval", by=system("debt-check"),
            effect=effects.note_clearance,
        ),
        Step(
            action="owe", source="in_debt_check", target="returned", by=system("debt-check"),
            effect=effects.ask_to_settle,
        ),
        # Approval and signature
        Step(
            action="approve", source="awaiting_approval", target="awaiting_signature", by=APPROVER, needs_step_up=True,
            guards=(*AT_DESK, effects.four_eyes, *STILL_SO), effect=effects.keep_approver,
            label=_("Approve"), done=_("The file went to the signatory."), look="primary",
        ),
        Step(
            action="send_back", source="awaiting_approval", target="in_review", by=APPROVER, guards=AT_DESK,
            effect=effects.send_back, form=forms.SendBackForm, label=_("Back to the reviewer"),
            done=_("The file went back to the reviewer."),
        ),
        withdraw_from("awaiting_approval"),
        Step(
            action="sign", source="awaiting_signature", target="in_issue", by=SIGNATORY, needs_step_up=True,
            guards=(*AT_DESK, effects.four_eyes, *STILL_SO, effects.facts_are_those_shown),
            effect=effects.sign, form=forms.SignForm, label=_("Sign"), done=_("Signed. The certificate is being made."),
            look="primary",
        ),
        Step(
            action="send_back", source="awaiting_signature", target="in_review", by=SIGNATORY, guards=AT_DESK,
            effect=effects.send_back, form=forms.SendBackForm, label=_("Back to the reviewer"),
            done=_("The file went back to the reviewer."),
        ),
        Step(
            action="complete", source="in_issue", target="issued", by=system("issuer"), effect=effects.close_answered
        ),
        Step(action="expire", source="issued", target="expired", by=system("deadline-timer")),
        follow_revocation_from("issued"),
        follow_revocation_from("expired"),
        # The applicant's turn
        Step(
            action="answer", source="returned", target=Back("returned_from", RETURNABLE), by=applicant,
            effect=effects.answer, form=forms.AnswerForm, label=_("Send the correction"),
            done=_("Thank you. Your file is back in its place in the queue."), look="primary",
        ),
        withdraw_from("returned"),
        Step(action="lapse", source="returned", target="expired", by=system("deadline-timer"), effect=effects.close),
    ),
    unsealed=frozenset({"draft"}),
)  # fmt: skip

RECORDED_INQUIRY = Workflow("recorded_inquiry", "closed", {"closed": _("answered")}, ())
"""Inquiries that the source reports as answered before this portal kept files: they are read, never moved."""

ASSIGNMENT = Workflow(
    "assignment",
    "taken",
    {"taken": _("taken"), "released": _("released")},
    (Step(action="release", source="taken", target="released", by=system("deadline-timer"), effect=note_release),),
)
