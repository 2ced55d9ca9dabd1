"""Who acts, and in which capacity. An actor is passed by name to every act; there is no ambient one."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from portal.accounts.models import Membership, Role, RoleGrant, User

CITYWIDE = frozenset({Role.AUDITOR})
CASEWORKERS = frozenset({Role.HELP_DESK, Role.ARCHIVIST, Role.REVIEWER, Role.APPROVER, Role.SIGNATORY})


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a named system process, or nobody (anonymous).

    `grants` are (role, district id or None for the whole city); `office` is the office the person works for.
    """

    code: str
    label: str = ""
    user_id: UUID | None = None
    grants: frozenset[tuple[str, Any]] = frozenset()
    office_id: UUID | None = None
    office_number: str = ""
    office_kind: str = ""
    stepped_up_at: datetime | None = field(default=None, compare=False)

    @classmethod
    def anonymous(cls) -> Self:
        return cls(code="anonymous")

    @classmethod
    def system(cls, name: str) -> Self:
        """A named process, such as `deadline-timer`; it holds no role and sees nothing by `visible_to`."""
        return cls(code=f"system/{name}", label=name)

    @classmethod
    def of(cls, user: User, *, stepped_up_at: datetime | None = None) -> Self:
        """The actor of a signed-in person, with the rights in force now."""
        if not user.is_active:
            return cls.anonymous()
        grants = frozenset(RoleGrant.objects.open().filter(user=user).values_list("role", "district_id"))
        membership = Membership.objects.filter(user=user, ended_at=None, office__is_active=True)
        office = membership.values_list("office_id", "office__number", "office__kind").first()
        return cls(
            code=f"user/{user.pk}",
            label=user.full_name,
            user_id=user.pk,
            grants=grants,
            office_id=office[0] if office else None,
            office_number=office[1] if office else "",
            office_kind=office[2] if office else "",
            stepped_up_at=stepped_up_at,
        )

    @property
    def person_id(self) -> UUID:
        """The id of the person; raises LookupError for a system actor and for nobody."""
        if self.user_id is None:
            raise LookupError(f"{self.code} is not a person")
        return self.user_id

    @property
    def is_anonymous(self) -> bool:
        return self.user_id is None

    @property
    def is_system(self) -> bool:
        return self.code.startswith("system/")

    @property
    def is_citizen(self) -> bool:
        return self.user_id is not None and not self.grants and self.office_id is None

    @property
    def is_auditor(self) -> bool:
        return any(role == Role.AUDITOR for role, _ in self.grants)

    @property
    def is_citywide(self) -> bool:
        """May read every district's records."""
        return any(role in CITYWIDE and district is None for role, district in self.grants)

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(role for role, _ in self.grants)

    @property
    def district_ids(self) -> frozenset[Any]:
        """The districts whose cases and parcels the actor works with."""
        return frozenset(where for role, where in self.grants if where is not None and role in CASEWORKERS)

    def holds(self, role: str, district_id: Any = None) -> bool:
        """True when the actor holds `role` in that district or citywide."""
        return (role, None) in self.grants or (role, district_id) in self.grants

    @property
    def has_stepped_up(self) -> bool:
        """True when a second factor was shown a moment ago (settings.STEP_UP_AGE_S)."""
        age = timedelta(seconds=settings.STEP_UP_AGE_S)
        return self.stepped_up_at is not None and timezone.now() - self.stepped_up_at < age
