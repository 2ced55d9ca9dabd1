"""System checks: what would otherwise fail only when the first citizen files a case."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import Error, Tags, register

from portal.core.crypto import BlindIndexField, EncryptedTextField, data_keys


@register(Tags.security)
def data_keys_are_usable(**_options: Any) -> list[Error]:
    """DATA_KEYS must be 32 random bytes each, and the keys of the blind indexes and of the stamp as much text."""
    try:
        data_keys()
    except ValueError as error:
        return [Error(f"DATA_KEYS: {error}", id="portal.E001")]
    return [
        Error(f"{name} must have at least 32 characters.", id="portal.E002")
        for name in ("BLIND_INDEX_KEY", "SEAL_KEY")
        if len(getattr(settings, name)) < 32
    ]


@register(Tags.models)
def blind_indexes_have_a_source(**_options: Any) -> list[Error]:
    """A blind index names a field of its own model that is encrypted."""
    return [
        Error(f"{field} names {field.source!r}, which is no encrypted field of its model.", obj=model, id="portal.E003")
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, BlindIndexField)
        and not isinstance({other.name: other for other in model._meta.fields}.get(field.source), EncryptedTextField)
    ]
