"""Ids from paths, queries and bodies: a wrong one is refused by name, a stranger's is simply not found."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError


def parse(value: Any, name: str = "id") -> UUID:
    """Raises `ValidationError` (400) naming the parameter when it cannot be an id."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(str(value))
    except ValueError:
        raise ValidationError({name: _("Must be an id like 0190a3c4-5b6d-7e8f-9a0b-1c2d3e4f5a6b.")}) from None


def find(rows: QuerySet, value: Any, *, what: str, name: str = "id") -> Any:
    """The row with that id among `rows`; 404 with the same words whether it is missing or another company's."""
    found = rows.filter(pk=parse(value, name)).first()
    if found is None:
        raise Http404(_("There is no such %(what)s in this company. Check the id.") % {"what": what})
    return found
