"""What the rules of the catalogue say on a day: deadlines, validity, papers, reasons, blocking debts."""

from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from portal.catalogue.holidays import closures
from portal.catalogue.models import BlockingDebt, DeadlineRule, ReasonCode, RequiredDocument, Service, ValidityRule
from portal.core.calendar import Deadline, add_working_days, jalali_year, local_date, to_jalali


def working_days(service: Service, state: str, on: date) -> int | None:
    """How many working days this state may last, or None when no rule limits it."""
    rule = DeadlineRule.objects.on(on).filter(service=service, state=state).order_by("-valid_from").first()
    return rule.working_days if rule else None


def deadline(service: Service, state: str, start: datetime) -> Deadline | None:
    """The deadline of a state entered at `start`, with its derivation, or None when no rule limits it."""
    day = local_date(start)
    days = working_days(service, state, day)
    return None if days is None else add_working_days(start, days, closures(day))


def valid_until(service: Service, issued_on: date, district_number: int | None = None) -> date:
    """The last valid day, inclusive, of a certificate issued on this day.

    A rule of the district goes before the city's. Raises ValidityRule.DoesNotExist when there is none.
    """
    rules = ValidityRule.objects.on(issued_on).filter(service=service).order_by("-valid_from")
    rule = rules.filter(district_number=district_number).first() or rules.filter(district_number=None).first()
    if rule is None:
        raise ValidityRule.DoesNotExist(f"no validity rule for {service.code} on {issued_on}")
    last = issued_on + timedelta(days=rule.validity_days)
    if not rule.cap_at_year_end:
        return last
    year, _month, _day = to_jalali(issued_on)
    return min(last, jalali_year(year)[1])


def documents(service: Service, on: date) -> QuerySet[RequiredDocument]:
    """The papers of a service, in the order of the form."""
    return RequiredDocument.objects.on(on).filter(service=service).order_by("position")


def reasons(stage: str, on: date) -> QuerySet[ReasonCode]:
    """The coded reasons of ReasonCode.Stage.RETURN or .REJECT."""
    return ReasonCode.objects.on(on).filter(stage=stage).order_by("code")


def blocking_lines(service: Service, on: date) -> frozenset[str]:
    """The debt lines whose unpaid amount blocks the answer of this service."""
    rules = BlockingDebt.objects.on(on).filter(service=service, effect=BlockingDebt.Effect.BLOCKS)
    return frozenset(rules.values_list("line", flat=True))
