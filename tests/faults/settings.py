"""The portal's own settings, without collected static files, and patient at the locks that a test holds on purpose."""

from portal.settings import *  # noqa: F403
from portal.settings import DATABASES, STORAGES

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
DATABASES["default"]["OPTIONS"]["options"] += " -c lock_timeout=25000"
