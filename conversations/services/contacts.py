"""The record of a customer: what the messenger tells, and fields that people, programs and the assistant fill."""

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from assistants.types import ContactNote
from conversations.models import Chat, ContactField
from conversations.services import identity, records
from happ_project.core import prepared

BUILT_IN = {
    "name": gettext_noop("How the customer wants to be called"),
    "phone": gettext_noop("Phone number"),
    "email": gettext_noop("E-mail address"),
}
"""Fields that every company has; the assistant may note them unless the company says otherwise."""
NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
LONGEST = 500
_MOST_FIELDS = 30
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def fields() -> list[ContactField]:
    """The fields of the company of the open scope, the built-in ones first."""
    rows = {row.name: row for row in _fields()}
    first = [
        rows.pop(name) if name in rows else ContactField(name=name, description=description, ai_may_write=True)
        for name, description in BUILT_IN.items()
    ]
    return [*first, *rows.values()]


@prepared.query
def _fields() -> models.QuerySet[ContactField]:
    found: models.QuerySet[ContactField] = ContactField.objects.order_by("position", "id")
    return found


def notes(chat: Chat) -> tuple[ContactNote, ...]:
    """The record as the assistant reads it: each field with what is known."""
    told = {"name": chat.display_name, "phone": chat.phone}
    known = {**{name: value for name, value in told.items() if value}, **(chat.contact or {})}
    return tuple(
        ContactNote(
            name=field.name,
            description=field.description or BUILT_IN.get(field.name, ""),
            value=str(known.get(field.name, "")),
            may_write=field.ai_may_write,
        )
        for field in fields()
    )


@transaction.atomic
def define(company_id: Any, rows: list[dict[str, Any]]) -> None:
    """Keep these fields and no others; values of fields that go stay with their chats. Raises `ValidationError`."""
    names = [row["name"] for row in rows]
    for name in names:
        if not NAME.match(name):
            text = _("“%s” is no name: small Latin letters, digits and _, such as delivery_city.")
            raise ValidationError(text % name[:60])
    if len(set(names)) < len(names):
        raise ValidationError(_("A field stands there twice."))
    if len(names) > _MOST_FIELDS:
        raise ValidationError(_("At most %d fields.") % _MOST_FIELDS)
    ContactField.objects.exclude(name__in=names).delete()
    for position, row in enumerate(rows):
        ContactField.objects.update_or_create(
            name=row["name"],
            defaults={
                "company_id": company_id,
                "description": row.get("description", ""),
                "ai_may_write": row.get("ai_may_write", False),
                "position": position,
            },
        )


@transaction.atomic
def write(chat: Chat, values: Mapping[str, Any]) -> Chat:
    """Note values by field name; an empty one takes a field back. Raises `ValidationError` naming the field."""
    known = {field.name for field in fields()}
    for name, value in values.items():
        if name not in known:
            raise ValidationError({name: _("There is no such field.")})
        if len(str(value)) > LONGEST:
            raise ValidationError({name: _("At most %d characters.") % LONGEST})
        if name == "email" and value and not _EMAIL.fullmatch(str(value).strip()):
            raise ValidationError({name: _("This is no e-mail address.")})
    note(chat := identity.locked(chat.pk), values)
    return chat


def note(chat: Chat, values: Mapping[str, Any]) -> None:
    """Keep values that are known to fit. Call with the chat locked."""
    kept = {**(chat.contact or {}), **{name: str(value).strip() for name, value in values.items()}}
    kept = {name: value for name, value in kept.items() if value}
    if kept != (chat.contact or {}):
        chat.contact = kept
        chat.save(update_fields=["contact"])
        records.chat_updated(chat)
