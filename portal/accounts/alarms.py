"""An alarm when, of all tries to sign in, far too many fail: somebody guesses at many accounts at once.

Tries are counted without name, address and number. The limits of one number and one network do not see such a guesser.
"""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.checks import Tags, Warning, register
from django.core.mail import mail_admins
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.accounts import limits
from portal.accounts.actors import Actor
from portal.accounts.models import Alarm

logger = logging.getLogger(__name__)

WINDOW_S = 10 * 60
EVERYBODY = "all"
NEWS = timedelta(days=1)  # an alarm that ended longer ago is mailed to nobody any more


def tried(kind: Alarm.Kind, *, failed: bool) -> None:
    limits.note(f"tried/{kind}", EVERYBODY)
    if failed:
        limits.note(f"tried/{kind}/failed", EVERYBODY)


def watch() -> None:
    """Open, follow and close the alarm of each kind; run every minute, safe to run twice."""
    for kind in Alarm.Kind:
        tries = limits.count(f"tried/{kind}", EVERYBODY, seconds=WINDOW_S)
        failures = limits.count(f"tried/{kind}/failed", EVERYBODY, seconds=WINDOW_S)
        is_alarming = tries >= settings.ALARM_TRIES and failures * 100 >= tries * settings.ALARM_FAILED_PERCENT
        _follow(kind, tries, failures) if is_alarming else _close(kind)


def _follow(kind: Alarm.Kind, tries: int, failures: int) -> None:
    """The one open alarm of this kind, with the worst numbers so far."""
    with transaction.atomic():
        alarm, is_new = Alarm.objects.select_for_update().get_or_create(
            kind=kind, ended_at=None, defaults={"began_at": timezone.now(), "tries": tries, "failures": failures}
        )
        if failures > alarm.failures:
            alarm.tries, alarm.failures = tries, failures
            alarm.save(update_fields=["tries", "failures"])
    if is_new:
        logger.error("Alarm: of %s tries (%s) in ten minutes %s failed.", tries, kind, failures)


def _close(kind: Alarm.Kind) -> None:
    if Alarm.objects.filter(kind=kind, ended_at=None).update(ended_at=timezone.now()):
        logger.warning("The alarm (%s) is over.", kind)


def mail_new() -> None:
    """One mail for each alarm; an alarm whose mail failed is mailed in the next minute. Outside a transaction.

    Nothing is marked as mailed while there is nobody to mail to; the log and the auditors' page tell it then.
    """
    if not settings.ADMINS:
        return
    is_news = Q(ended_at=None) | Q(ended_at__gt=timezone.now() - NEWS)
    for alarm in Alarm.objects.filter(is_news, mailed_at=None):
        mail_admins(f"Sign-in alarm: {alarm.kind}", MAIL.format(alarm=alarm))
        Alarm.objects.filter(pk=alarm.pk).update(mailed_at=timezone.now())


MAIL = """\
Since {alarm.began_at:%Y-%m-%d %H:%M} UTC far too many tries to sign in fail ({alarm.kind}):
{alarm.failures} of {alarm.tries} in ten minutes. Somebody may be guessing at many accounts at once.

docs/operations.md, "Sign-in alarms", says what to look at and what to do. The alarm ends by itself.
"""


def open_for(actor: Actor) -> list[Alarm]:
    """The open alarms, for auditors; nobody else is told how an attack fares."""
    return list(Alarm.objects.filter(ended_at=None).order_by("began_at")) if actor.is_auditor else []


@register(Tags.security, deploy=True)
def somebody_is_mailed(**_options: Any) -> list[Warning]:
    """An alarm that only a log holds may be read by nobody for days."""
    if settings.ADMINS:
        return []
    return [Warning("ADMINS is empty: a sign-in alarm goes to the log and to nobody's mail.", id="portal.W001")]
