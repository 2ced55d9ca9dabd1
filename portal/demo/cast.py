"""The named people of the demonstration, their posts, rights and offices. `create_cast()` may run again and again."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from districts.models import District
from portal.accounts import grants, people, second_factor
from portal.accounts.actors import Actor
from portal.accounts.models import Office, Role, User
from portal.core.crypto import blind
from portal.core.persian import fa_digits

PASSWORD = "only-for-the-demonstration"  # noqa: S105  shown on the cast page; opens nothing outside DEMO=1
NOTARY_OFFICES, COUNTERS = 80, 79  # published numbers of trained offices
DISTRICTS = (1, 2, 3, 4, 5)
DEMO = Actor.system("demo")


@dataclass(frozen=True, slots=True)
class Citizen:
    key: str
    full_name: str
    national_code: str
    mobile: str
    can: Any


@dataclass(frozen=True, slots=True)
class Worker:
    """A person with roles; `places` are district numbers, empty for the whole city; `office` is (kind, number)."""

    key: str
    full_name: str
    post: str
    can: Any
    roles: tuple[Role, ...]
    places: tuple[int, ...] = ()
    office: tuple[str, str] | None = None


CITIZENS = (
    Citizen("maryam", "مریم صادقی", "9900001060", "09140000001",
            _("Owns property in the city: files an inquiry, follows it, receives the certificate.")),
    Citizen("reza", "رضا کریمی‌پور", "9900000021", "09140000002",
            _("Another owner: sees only his own cases and never Maryam's.")),
)  # fmt: skip

WORKERS = (
    Worker("help-desk", "سمیه نوری", "کارشناس باجهٔ راهنمای منطقهٔ ۱",
           _("Takes in new cases of district 1 and checks that the papers are complete."), (Role.HELP_DESK,), (1,)),
    Worker("archivist", "یوسف رستمی", "بایگان منطقهٔ ۱",
           _("Matches cases of district 1 with the paper file in the archive."), (Role.ARCHIVIST,), (1,)),
    Worker("reviewer-1", "الهام قاسمی", "کارشناس شهرسازی منطقهٔ ۱",
           _("Reviews cases of district 1 in the order they came, and returns what is deficient."),
           (Role.REVIEWER,), (1,)),
    Worker("reviewer-3", "بهروز یگانه", "کارشناس شهرسازی منطقهٔ ۳",
           _("Reviews cases of district 3; the cases of district 1 do not exist for him."), (Role.REVIEWER,), (3,)),
    Worker("approver", "نسرین احمدی", "مدیر شهرسازی مناطق ۱ و ۳",
           _("Approves what a reviewer prepared, after showing a second factor."), (Role.APPROVER,), (1, 3)),
    Worker("signatory", "حسن محمودی", "معاون شهرسازی شهرداری",
           _("Signs certificates of all five districts; each paper gets its stamp and number."),
           (Role.SIGNATORY,), DISTRICTS),
    Worker("notary-clerk", "زهرا فتحی", "دفتریار دفتر اسناد رسمی ۱۲ ارومیه",
           _("Sees the answers addressed to her notary office and checks their authenticity."),
           (Role.NOTARY_CLERK,), (), (Office.Kind.NOTARY, "12")),
    Worker("counter-clerk", "امیر حسینی", "متصدی دفتر پیشخوان دولت ۲۷ ارومیه",
           _("Helps citizens at a government counter and sees what is addressed to the counter."),
           (Role.COUNTER_CLERK,), (), (Office.Kind.COUNTER, "27")),
    Worker("auditor", "لیلا شریفی", "ناظر سامانه، سازمان بازرسی",
           _("Reads every case of the city and every trace; decides only whether an original is released."),
           (Role.AUDITOR,)),
    Worker("rollout", "کاوه ابراهیمی", "مدیر عملیاتی‌سازی، سازمان فاوا",
           _("Opens and suspends services district by district."), (Role.ROLLOUT_MANAGER,)),
)  # fmt: skip


def create_cast() -> None:
    """Make or complete the offices and people. Districts 1 to 5 must exist. Raises outside the demonstration."""
    if not settings.DEMO:
        raise ImproperlyConfigured("The cast has known passwords; it is made with DEMO=1 only.")
    create_offices()
    for citizen in CITIZENS:
        _create_citizen(citizen)
    for worker in WORKERS:
        _create_worker(worker)


def create_offices() -> None:
    """80 notary offices and 79 government counters, spread over the five districts."""
    wanted = [(Office.Kind.NOTARY, "دفتر اسناد رسمی", number) for number in range(1, NOTARY_OFFICES + 1)]
    wanted += [(Office.Kind.COUNTER, "دفتر پیشخوان دولت", number) for number in range(1, COUNTERS + 1)]
    Office.objects.bulk_create(
        [
            Office(
                kind=kind,
                number=str(number),
                title=f"{title} {fa_digits(number)} ارومیه",
                district_id=DISTRICTS[number % len(DISTRICTS)],
            )
            for kind, title, number in wanted
        ],
        ignore_conflicts=True,
    )


def person_of(key: str) -> User | None:
    """The person of a card on the cast page; None when there is no such card, or not made yet."""
    citizen = next((citizen for citizen in CITIZENS if citizen.key == key), None)
    if citizen:
        index = blind("accounts.User.national_code", citizen.national_code)
        return User.objects.filter(national_code_index=index).first()
    is_worker = any(worker.key == key for worker in WORKERS)
    return User.objects.filter(username=key, is_staff_member=True).first() if is_worker else None


def _create_citizen(citizen: Citizen) -> None:
    if person_of(citizen.key):
        return
    person = User(
        full_name=citizen.full_name,
        national_code=citizen.national_code,
        mobile=citizen.mobile,
        is_mobile_verified=True,
    )
    person.set_unusable_password()
    people.enter(person, actor=DEMO)


def _create_worker(worker: Worker) -> None:
    with transaction.atomic():
        person = person_of(worker.key)
        if person is None:
            person = User(username=worker.key, full_name=worker.full_name, post=worker.post, is_staff_member=True)
            person.set_password(PASSWORD)
            people.enter(person, actor=DEMO)
        if not second_factor.is_enrolled(person):
            second_factor.enrol(person, second_factor.new_secret(), actor=DEMO)
        if worker.office:
            kind, number = worker.office
            office = Office.objects.get(kind=kind, number=number, city="ارومیه")
            grants.join(person, office, actor=DEMO)
        for role in worker.roles:
            for district_id in worker.places or (None,):
                _grant(person, role, district_id)


def _grant(person: User, role: Role, district_id: int | None) -> None:
    district = District.objects.get(pk=district_id) if district_id else None
    grants.grant(person, role, actor=DEMO, district=district)
