"""The desks on the first morning: cases at every stop, so that each member of the cast finds work."""

from collections.abc import Callable

from inquiries.filing import SERVICE
from portal.accounts import people
from portal.accounts.models import Role, User
from portal.casework.models import Case
from portal.catalogue.models import Service
from portal.core.crypto import blind
from portal.demo import cases
from portal.demo.cast import DEMO
from portal.demo.people import CITIZEN_TWO
from portal.parcels.facts import facts_for, open_violations
from portal.parcels.models import Ownership, Parcel

NEIGHBOURS = (
    (1, "in_intake"), (1, "in_intake"), (1, "in_archive_match"), (1, "in_review"), (1, "in_review"),
    (1, "awaiting_approval"), (1, "awaiting_signature"),
)  # fmt: skip
"""Other owners' cases: district and where the case stands."""


def are_set() -> bool:
    return Case.objects.filter(channel=Case.Channel.CITIZEN).exists()


def set_scenes(progress: Callable[[int], None] = lambda done: None) -> None:
    """Oldest first, so that the order of the queue is the order of filing."""
    for number, (district, state) in enumerate(reversed(NEIGHBOURS), start=1):
        owner, parcel = clear_owner(district)
        cases.walk(cases.file(owner, parcel, letter_no=f"1405/{4100 + number}", notary=str(11 + number % 3)), state)
        progress(number)
    returned()
    progress(len(NEIGHBOURS) + 1)


def returned() -> None:
    """Reza's case, which waits for him: the deed must be sent again."""
    reza = User.objects.get(national_code_index=blind("accounts.User.national_code", CITIZEN_TWO.national_code))
    parcel = Parcel.objects.current().owned_by(reza.national_code).get(district=1)
    case = cases.walk(cases.file(reza, parcel, letter_no="1405/4188"), "in_review")
    cases.return_for(
        case, Role.REVIEWER, {"title_deed": "B01"}, "صفحهٔ دوم سند تار است؛ از همهٔ صفحه‌ها دوباره عکس بگیرید."
    )


def clear_owner(district: int) -> tuple[User, Parcel]:
    """An owner outside the cast whose parcel nothing stands in the way of, and the person as a user of the portal."""
    taken = Case.objects.filter(parcel__isnull=False).values("parcel")
    free = Parcel.objects.current().filter(district=district, level="apartment").exclude(pk__in=taken)
    parcel = next(parcel for parcel in free.order_by("code").iterator() if _is_clear(parcel))
    return _user_of(Ownership.objects.open().filter(parcel=parcel).earliest("pk")), parcel


def _is_clear(parcel: Parcel) -> bool:
    """The rules that the desks will ask: holds, debts, violations, note 8."""
    known = facts_for(parcel, Service.objects.get(code=SERVICE))
    stands_in_the_way = known["stops"] or known["blocking_rial"] or known["note8_basis"] == "none"
    return not stands_in_the_way and not open_violations(parcel)


def _user_of(ownership: Ownership) -> User:
    index = blind("accounts.User.national_code", ownership.national_code)
    known = User.objects.filter(national_code_index=index).first()
    if known:
        return known
    person = User(
        full_name=ownership.person_name,
        national_code=ownership.national_code,
        mobile=f"0914{ownership.national_code[2:9]}",
        is_mobile_verified=True,
    )
    person.set_unusable_password()
    return people.enter(person, actor=DEMO)
