"""Give and take roles and office work. Each change is an entry in the ledger, in the same transaction."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.accounts.actors import Actor
from portal.accounts.models import Membership, Office, RoleGrant, User
from portal.ledger import chain


def grant(user: User, role: str, *, actor: Actor, district: Any = None) -> RoleGrant:
    """Grant `role` in `district` (None: citywide). Idempotent: an open grant is returned as it is."""
    with transaction.atomic():
        # Two grants at once must not both find nothing: the person's row orders them.
        User.objects.select_for_update().get(pk=user.pk)
        existing = RoleGrant.objects.open().filter(user=user, role=role, district=district).first()
        if existing:
            return existing
        made = RoleGrant.objects.create(user=user, role=role, district=district)
        chain.append(chain.lock(made.stream), "role.grant", actor=actor.code, data=made.recorded())
    return made


def revoke(held: RoleGrant, *, actor: Actor) -> None:
    """Take a role back; it ends with the next request, open sessions included."""
    with transaction.atomic():
        if RoleGrant.objects.open().filter(pk=held.pk).update(revoked_at=timezone.now()):
            chain.append(chain.lock(held.stream), "role.revoke", actor=actor.code, data=held.recorded())


def join(user: User, office: Office, *, actor: Actor) -> Membership:
    """Let the person work for the office. Idempotent; whoever works for another office leaves it first."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        existing = Membership.objects.filter(user=user, office=office, ended_at=None).first()
        if existing:
            return existing
        made = Membership.objects.create(user=user, office=office)
        chain.append(chain.lock(made.stream), "office.join", actor=actor.code, data=made.recorded())
    return made


def leave(membership: Membership, *, actor: Actor) -> None:
    """End the person's work for the office; what is addressed to it is out of reach with the next request."""
    with transaction.atomic():
        if Membership.objects.filter(pk=membership.pk, ended_at=None).update(ended_at=timezone.now()):
            chain.append(chain.lock(membership.stream), "office.leave", actor=actor.code, data=membership.recorded())
