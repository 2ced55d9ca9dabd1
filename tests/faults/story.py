"""What people do in the fault tests, each act in a process of its own: `python -m tests.faults.story ACT`.

The last line that an act prints is JSON: the ids and references that the test goes on with.
"""

import json
import sys
from collections.abc import Callable
from io import StringIO

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from districts.territory import load_districts, load_rollouts  # noqa: E402
from inquiries.certificate import contents, contents_digest  # noqa: E402
from portal.accounts.actors import Actor  # noqa: E402
from portal.accounts.models import Role  # noqa: E402
from portal.casework.models import Case  # noqa: E402
from portal.demo import cases  # noqa: E402
from portal.demo.cast import create_cast, person_of  # noqa: E402
from portal.documents.pki import make_pki  # noqa: E402
from portal.parcels.models import Parcel  # noqa: E402
from portal.workflow.perform import perform  # noqa: E402


def build_city() -> None:
    """The base of all tests (tests/conftest.py), in a database that these tests may kill."""
    call_command("migrate", verbosity=0)
    make_pki(settings.PKI_DIR)
    load_districts()
    load_rollouts()
    call_command("build_city", parcels=120, stdout=StringIO())
    create_cast()


def draft(key: str, district: int) -> Case:
    """A complete draft of this citizen for the property in this district."""
    citizen = person_of(key)
    assert citizen is not None
    parcel = Parcel.objects.current().owned_by(citizen.national_code).filter(district=district).get()
    return cases.draft(citizen, parcel, letter_no=f"1405/{district}")


def prepare_drafts() -> list[str]:
    """Two complete drafts of Maryam's."""
    build_city()
    return [str(draft("maryam", district).pk) for district in (1, 3)]


def answer(key: str) -> str:
    """File a case of this citizen in district 1 and let every desk decide; the paper is left to relay and worker."""
    case = draft(key, 1)
    perform(case, "submit", actor=Actor.of(case.applicant), is_declared=True)
    case = cases.walk(Case.objects.get(pk=case.pk), "awaiting_signature")
    signatory = cases.holder(Role.SIGNATORY, case)
    cases.take(case, signatory)
    perform(case, "sign", actor=signatory, contents=contents_digest(contents(case)))
    return str(case.pk)


ACTS: tuple[Callable[..., object], ...] = (build_city, prepare_drafts, answer)

if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    told = {act.__name__: act for act in ACTS}[name](*arguments)
    sys.stdout.write(f"{json.dumps(told)}\n")
