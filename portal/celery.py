"""The Celery application. Workers hold nothing that cannot be lost: the outbox in Postgres is the memory."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Celery reads this very key, without the namespace; without it each task opens a new database connection (3x slower).
app.conf["CELERY_DB_REUSE_MAX"] = 100
app.autodiscover_tasks()
