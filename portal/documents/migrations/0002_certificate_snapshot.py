"""The snapshot moves from the store of papers into the row of its certificate."""

from typing import Any

from django.db import migrations

import portal.core.crypto
from portal.casework import storage


def take_in(apps: Any, _schema_editor: Any) -> None:
    """Bring in what certificates signed before this migration left in the store; the sweep of orphans ends the files."""
    for certificate in apps.get_model("documents", "Certificate").objects.filter(snapshot__isnull=True):
        certificate.snapshot = storage.open(certificate.digest).decode()
        certificate.save(update_fields=["snapshot"])


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]

    operations = [
        migrations.AddField(
            "certificate", "snapshot", portal.core.crypto.EncryptedTextField(editable=False, null=True)
        ),
        migrations.RunPython(take_in, migrations.RunPython.noop),
    ]
