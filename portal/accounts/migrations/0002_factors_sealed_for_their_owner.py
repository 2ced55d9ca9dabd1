"""Seals each secret of a second factor anew for its owner, so that a row copied to another person opens nothing."""

import base64

from django.db import migrations

from portal.core.crypto import SealBrokenError, open_bytes, seal_bytes

SHARED = "mfa_authenticator|data"
SECRETS = {"totp": "secret", "recovery_codes": "seed"}


def own(factor):
    return f"{SHARED}|{factor.type}|{factor.user_id}"


def shared(_factor):
    return SHARED


def reseal(apps, before, after):
    for factor in apps.get_model("mfa", "Authenticator").objects.filter(type__in=SECRETS).select_for_update():
        name = SECRETS[factor.type]
        try:
            stored = base64.b64decode(factor.data[name])
        except (KeyError, TypeError, ValueError):
            continue  # there is no secret in it
        try:
            text = open_bytes(stored, before(factor))
        except SealBrokenError:
            continue  # it opened for nobody before, and opens for nobody after
        factor.data[name] = base64.b64encode(seal_bytes(text, after(factor))).decode()
        factor.save(update_fields=["data"])


def forward(apps, _schema_editor):
    reseal(apps, shared, own)


def backward(apps, _schema_editor):
    reseal(apps, own, shared)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("mfa", "0003_authenticator_type_uniq")]
    operations = [migrations.RunPython(forward, backward)]
