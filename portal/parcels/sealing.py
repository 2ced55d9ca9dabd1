"""What the ledger vouches for in the register and the reference data: one SHA-256 a table (`portal.core.sealing`).

Encrypted columns stay out, because a rotation of keys rewrites them without changing what they say; their blind indexes
stay in and commit to the plain text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from django.apps import apps
from django.db import models

from districts.models import District, Neighbourhood, ServiceDesk
from portal.core.crypto import EncryptedTextField
from portal.core.sealing import EMPTY, table_digest
from portal.parcels.models import RegisterAct

__all__ = ["EMPTY", "digests", "reference", "register", "tables"]

Tables: TypeAlias = tuple[type[models.Model], ...]


def register() -> Tables:
    """Every table of the register, one that is added later included; the acts themselves have their own entries."""
    own = (model for model in apps.get_app_config("parcels").get_models() if model is not RegisterAct)
    return (Neighbourhood, *own)


def reference() -> Tables:
    """What decisions go by: districts and desks, and every table of the catalogue."""
    return (District, ServiceDesk, *apps.get_app_config("catalogue").get_models())


def tables() -> Tables:
    return register() + reference()


def digests(models: Iterable[type[models.Model]] | None = None) -> dict[str, str]:
    """Table → SHA-256 of all its rows, in hex; of every table, or of these."""
    return {model._meta.db_table: _digest(model) for model in (tables() if models is None else models)}


def _digest(model: type[models.Model]) -> str:
    columns = [field for field in model._meta.concrete_fields if not isinstance(field, EncryptedTextField)]
    return table_digest(model, columns)
