"""Who may take a step: small objects that answer (actor, subject) and can name themselves for the step matrix."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.accounts.actors import Actor
from portal.accounts.models import Role


@dataclass(frozen=True)
class Permission:
    """Calls as `permission(actor, subject) -> bool`; `name` is what the reviewed step matrix prints."""

    name: str
    allows: Callable[[Actor, Any], bool]

    def __call__(self, actor: Actor, subject: Any) -> bool:
        return self.allows(actor, subject)

    def __or__(self, other: "Permission") -> "Permission":
        return Permission(
            f"{self.name} | {other.name}", lambda actor, subject: self(actor, subject) or other(actor, subject)
        )


def staff(role: Role) -> Permission:
    """Whoever holds `role` in the record's district, or citywide."""
    return Permission(str(role.value), lambda actor, subject: actor.holds(role, subject.district_id))


def system(name: str) -> Permission:
    """The process of that name."""
    return Permission(f"system/{name}", lambda actor, subject: actor.code == f"system/{name}")


def _owns(actor: Actor, subject: Any) -> bool:
    return actor.user_id is not None and subject.applicant_id == actor.user_id


applicant = Permission("applicant", _owns)
