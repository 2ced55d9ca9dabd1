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


def draft(letter_no: str, district: int) -> Case:
    maryam = person_of("maryam")
    assert maryam is not None
    parcel = Parcel.objects.current().owned_by(maryam.national_code).filter(district=district).get()
    return cases.draft(maryam, parcel, letter_no=letter_no)


def prepare_drafts() -> list[str]:
    """Two complete drafts of Maryam's."""
    build_city()
    return [str(draft("1405/1", district=1).pk), str(draft("1405/2", district=3).pk)]


def prepare_signature() -> list[str]:
    """One case of Maryam's that only the signature is missing from, and one complete draft."""
    build_city()
    case = draft("1405/1", district=1)
    case = cases.walk(perform(case, "submit", actor=cases.Actor.of(case.applicant), is_declared=True), cases.WAY[-2])
    return [str(case.pk), str(draft("1405/2", district=3).pk)]


def sign(pk: str) -> None:
    """The last desk's step; what follows is left to relay and worker."""
    case = Case.objects.get(pk=pk)
    signatory = cases.holder(Role.SIGNATORY, case)
    cases.take(case, signatory)
    perform(case, "sign", actor=signatory, contents=contents_digest(contents(case)))


ACTS: tuple[Callable[..., object], ...] = (prepare_drafts, prepare_signature, sign)

if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    print(json.dumps({act.__name__: act for act in ACTS}[name](*arguments)))
