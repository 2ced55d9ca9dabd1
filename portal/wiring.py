"""The map: every workflow, every kind of record with a page, every event with its consumers. Start reading here."""

from districts.models import Rollout
from districts.views import rollout_page
from districts.workflow import ROLLOUT
from inquiries import consumers as inquiry
from inquiries import views as inquiry_views
from inquiries.workflow import ASSIGNMENT, DESKS, RECORDED_INQUIRY, TRANSFER_INQUIRY
from portal.casework import worklist
from portal.casework.models import Case, OriginalRequest
from portal.casework.originals import ORIGINAL
from portal.casework.pages import PAGES, case_page
from portal.casework.views import original_page
from portal.documents import consumers as document
from portal.documents.models import Certificate
from portal.documents.views import certificate_page
from portal.documents.workflow import CERTIFICATE
from portal.outbox.publish import subscribe
from portal.parcels.workflow import REGISTER_ACT
from portal.workflow.registry import Kind, register, register_kind

for workflow in (ROLLOUT, TRANSFER_INQUIRY, RECORDED_INQUIRY, ASSIGNMENT, CERTIFICATE, ORIGINAL, REGISTER_ACT):
    register(workflow)

register_kind("cases", Kind(model=Case, lookup="reference", page=case_page))
register_kind("certificates", Kind(model=Certificate, lookup="serial", page=certificate_page))
register_kind("rollouts", Kind(model=Rollout, lookup="code", page=rollout_page))
register_kind("originals", Kind(model=OriginalRequest, lookup="pk", page=original_page))
PAGES |= {"transfer_inquiry": inquiry_views.case_page, "recorded_inquiry": inquiry_views.recorded_page}
worklist.DESKS |= DESKS

for event, consumer in (
    ("transfer_inquiry.match", inquiry.choose_route),
    ("transfer_inquiry.endorse", inquiry.check_debts),
    ("transfer_inquiry.answer", inquiry.check_debts),
    ("certificate.begin", document.make_paper),
    ("certificate.issue", inquiry.complete),
    ("certificate.expire", inquiry.expire),
    ("certificate.revoke", inquiry.revoke),
):
    subscribe(event, consumer)
