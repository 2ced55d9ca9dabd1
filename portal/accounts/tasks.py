"""What is forgotten in time, and what is watched."""

from datetime import timedelta

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from portal.accounts import alarms
from portal.accounts.models import Alarm, Attempt, CodeChallenge, SignIn

ALARMS_KEPT = timedelta(days=365)
TRACES_KEPT = timedelta(days=1)  # the longest limit looks back one day
SIGN_INS_KEPT = timedelta(days=180)


@shared_task
def forget_old() -> None:
    """Delete tries and codes of yesterday, sign-ins of half a year ago, and sessions that ended. Safe to run twice."""
    now = timezone.now()
    Attempt.objects.filter(at__lt=now - TRACES_KEPT).delete()
    CodeChallenge.objects.filter(made_at__lt=now - TRACES_KEPT).delete()
    Alarm.objects.filter(ended_at__lt=now - ALARMS_KEPT).delete()
    SignIn.objects.filter(opened_at__lt=now - SIGN_INS_KEPT).delete()
    call_command("clearsessions")


@shared_task
def watch_tries() -> None:
    """Raise and end the alarms about failed tries, and mail the new ones. Safe to run twice."""
    alarms.watch()
    alarms.mail_new()
