"""Actors who manage rollouts."""

from dataclasses import replace

from django.utils import timezone

from portal.accounts.actors import Actor
from portal.accounts.models import Role


def manager_of(district: int | None, *, stepped_up: bool = True) -> Actor:
    """The rollout manager of a district, or with None of the city; with a fresh second factor."""
    somebody = replace(Actor.system("test"), code="user/test")
    grants = frozenset({(Role.ROLLOUT_MANAGER, district)})
    return replace(somebody, grants=grants, stepped_up_at=timezone.now() if stepped_up else None)
