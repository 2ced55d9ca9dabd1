"""Rights: given and taken by an entry in the ledger, in force with the next request."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from districts.models import District
from portal.accounts import grants
from portal.accounts.actors import Actor
from portal.accounts.models import Membership, Office, Role, RoleGrant
from portal.casework.models import Case
from portal.ledger.models import Entry

ADMIN = Actor.system("test")


def told(user) -> list[tuple[str, str, str]]:
    entries = Entry.objects.of(f"user/{user.pk}").filter(kind__startswith="role.")
    return [(entry.kind, entry.facts["role"], entry.facts["district"]) for entry in entries]


def test_a_grant_is_an_entry_in_the_chain_of_the_person(reza):
    grants.grant(reza, Role.REVIEWER, actor=ADMIN, district=District.objects.get(pk=1))
    assert told(reza) == [("role.grant", "reviewer", "1")]
    assert Entry.objects.of(f"user/{reza.pk}").get(kind="role.grant").actor == "system/test"


def test_granting_twice_is_granting_once(reza):
    first = grants.grant(reza, Role.AUDITOR, actor=ADMIN)
    assert grants.grant(reza, Role.AUDITOR, actor=ADMIN) == first
    assert told(reza) == [("role.grant", "auditor", "")]


def test_revoking_twice_is_revoking_once(reza):
    held = grants.grant(reza, Role.AUDITOR, actor=ADMIN)
    grants.revoke(held, actor=ADMIN)
    grants.revoke(held, actor=ADMIN)
    assert told(reza) == [("role.grant", "auditor", ""), ("role.revoke", "auditor", "")]


def test_a_revoked_role_may_be_granted_anew(reza):
    grants.revoke(grants.grant(reza, Role.AUDITOR, actor=ADMIN), actor=ADMIN)
    grants.grant(reza, Role.AUDITOR, actor=ADMIN)
    assert Actor.of(reza).is_auditor
    assert [kind for kind, _role, _district in told(reza)] == ["role.grant", "role.revoke", "role.grant"]


def test_a_grant_without_an_entry_is_not_kept(reza, monkeypatch):
    def fail(*_args, **_facts):
        raise RuntimeError

    monkeypatch.setattr(grants.chain, "append", fail)
    with pytest.raises(RuntimeError):
        grants.grant(reza, Role.AUDITOR, actor=ADMIN)
    assert not RoleGrant.objects.filter(user=reza).exists()


def test_a_role_holds_in_its_district_only(reza):
    grants.grant(reza, Role.REVIEWER, actor=ADMIN, district=District.objects.get(pk=3))
    actor = Actor.of(reza)
    assert actor.holds(Role.REVIEWER, 3)
    assert not actor.holds(Role.REVIEWER, 1) and not actor.holds(Role.REVIEWER) and not actor.holds(Role.APPROVER, 3)


def test_a_role_without_a_district_holds_everywhere_but_only_an_auditor_reads_everywhere(reza, case_at):
    case = case_at("in_intake")
    grants.grant(reza, Role.ROLLOUT_MANAGER, actor=ADMIN)
    assert Actor.of(reza).holds(Role.ROLLOUT_MANAGER, 5) and not Actor.of(reza).is_citywide
    assert case not in Case.objects.visible_to(Actor.of(reza))
    grants.grant(reza, Role.AUDITOR, actor=ADMIN)
    assert case in Case.objects.visible_to(Actor.of(reza))


def test_an_auditor_of_one_district_does_not_read_the_city(reza):
    grants.grant(reza, Role.AUDITOR, actor=ADMIN, district=District.objects.get(pk=3))
    assert not Actor.of(reza).is_citywide


def test_the_database_knows_one_open_grant_of_a_kind(reviewer):
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.create(user=reviewer, role=Role.REVIEWER, district_id=1)
    RoleGrant.objects.create(user=reviewer, role=Role.AUDITOR)
    with pytest.raises(IntegrityError), transaction.atomic():  # NULLs count as equal here
        RoleGrant.objects.create(user=reviewer, role=Role.AUDITOR)


def test_a_revoked_role_ends_with_the_next_request_of_an_open_session(reviewer, case_at, client_of):
    case = case_at("in_review")
    browser = client_of(reviewer)
    assert browser.get(reverse("casework:worklist")).status_code == 200
    assert browser.get(case.get_absolute_url()).status_code == 200
    grants.revoke(RoleGrant.objects.get(user=reviewer), actor=ADMIN)
    assert browser.get(reverse("casework:worklist")).status_code == 403
    assert browser.get(case.get_absolute_url()).status_code == 404


def test_a_person_who_left_is_nobody(reviewer):
    reviewer.is_active = False
    assert Actor.of(reviewer).is_anonymous and Actor.of(reviewer).grants == frozenset()


def test_an_office_is_left_with_its_membership(notary_clerk):
    assert Actor.of(notary_clerk).office_number == "12"
    Membership.objects.filter(user=notary_clerk).update(ended_at=timezone.now())
    assert Actor.of(notary_clerk).office_id is None


def test_an_office_that_is_left_is_left_with_the_next_request_of_an_open_session(notary_clerk, case_at, client_of):
    case = case_at("issued")
    browser = client_of(notary_clerk)
    pdf = reverse("documents:pdf", args=[case.certificates.get().serial])
    assert [browser.get(url).status_code for url in (case.get_absolute_url(), pdf)] == [200, 200]
    Membership.objects.filter(user=notary_clerk).update(ended_at=timezone.now())
    assert [browser.get(url).status_code for url in (case.get_absolute_url(), pdf)] == [404, 404]
    assert case.reference not in browser.get(reverse("casework:cases")).content.decode()


def test_an_office_that_is_closed_reads_nothing_from_the_next_request_on(notary_clerk, case_at, client_of):
    case = case_at("issued")
    browser = client_of(notary_clerk)
    assert browser.get(case.get_absolute_url()).status_code == 200
    Office.objects.filter(kind="notary", number="12").update(is_active=False)
    assert browser.get(case.get_absolute_url()).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_eight_simultaneous_grants_one_is_made(reza, run_together):
    assert run_together(*[lambda: grants.grant(reza, Role.AUDITOR, actor=ADMIN)] * 8) == ["ok"] * 8
    assert told(reza) == [("role.grant", "auditor", "")]


@pytest.mark.django_db(transaction=True)
def test_of_eight_simultaneous_revocations_one_is_told(reza, run_together):
    held = grants.grant(reza, Role.AUDITOR, actor=ADMIN)
    assert run_together(*[lambda: grants.revoke(held, actor=ADMIN)] * 8) == ["ok"] * 8
    assert [kind for kind, _role, _district in told(reza)] == ["role.grant", "role.revoke"]
