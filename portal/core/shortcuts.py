"""The one way to fetch a record for a person."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404


def visible_or_404(source: Any, actor: Any, /, **lookup: Any) -> Any:
    """The record that `actor` may see; raises Http404 alike for what is hidden and for what is absent.

    `source` is a model or a queryset whose class has `visible_to(actor)`.
    """
    if any("\x00" in value for value in lookup.values() if isinstance(value, str)):
        raise Http404  # Postgres refuses to be asked for such a text
    queryset = source.objects.all() if hasattr(source, "objects") else source
    try:
        record = queryset.visible_to(actor).filter(**lookup).first()
    except ValidationError as error:  # a text that is no key, where the key is a UUID
        raise Http404 from error
    if record is None:
        raise Http404
    return record
