"""Re-encrypts every sensitive column under the newest key of DATA_KEYS."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.db import models, transaction

from portal.core.crypto import EncryptedTextField, Sealed, is_sealed_with_newest_key


class Command(BaseCommand):
    """Put the new key first in DATA_KEYS, restart, run this, then drop the old key. Safe to stop and to repeat."""

    help = "Re-encrypt all sensitive columns under the newest key of DATA_KEYS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=500, help="rows per transaction")

    def handle(self, *_args: Any, **options: Any) -> None:
        for model in apps.get_models():
            fields = [field for field in model._meta.local_fields if isinstance(field, EncryptedTextField)]
            if fields and model._meta.managed:
                changed = rotate_model(model, fields, batch=options["batch"])
                self.stdout.write(f"{model._meta.label}: {changed} rows re-encrypted")
        for app in apps.get_app_configs():
            if hasattr(app, "rotate_data_keys"):  # for what an app seals outside of such columns
                self.stdout.write(f"{app.label}: {app.rotate_data_keys()} other values re-encrypted")


def rotate_model(model: type[models.Model], fields: list[EncryptedTextField], *, batch: int) -> int:
    """Walks the table by primary key; rows already under the newest key stay untouched. Returns rows changed."""
    changed, last = 0, None
    while True:
        with transaction.atomic():
            rows = model._base_manager.order_by("pk").values_list("pk", *(field.attname for field in fields))
            if last is not None:
                rows = rows.filter(pk__gt=last)
            page = list(rows.select_for_update()[:batch])
            if not page:
                return changed
            for pk, *values in page:
                changed += _rotate_row(model, fields, pk, values)
            last = page[-1][0]


def _rotate_row(
    model: type[models.Model], fields: list[EncryptedTextField], pk: object, values: list[Sealed | None]
) -> bool:
    fresh = {
        field.attname: field.sealed(field.opened(value, pk), pk)
        for field, value in zip(fields, values, strict=True)
        if value is not None and not is_sealed_with_newest_key(value)
    }
    if fresh:
        model._base_manager.filter(pk=pk).update(**fresh)
    return bool(fresh)
