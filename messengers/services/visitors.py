"""Website visitors: who they are is a signed token that only their browser holds."""

from dataclasses import dataclass
from uuid import UUID

from django.core import signing

from happ_project.core import ids
from messengers.models import Address

_SALT = "widget visitor"
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Visitor:
    """`id` is the chat's id on the widget's address."""

    id: str
    address_id: UUID


def issue(address: Address) -> tuple[Visitor, str]:
    """A new visitor of this widget, and the token that proves it."""
    visitor = Visitor(id=str(ids.new_id()), address_id=address.pk)
    return visitor, signing.dumps([visitor.id, str(address.pk)], salt=_SALT, compress=False)


def recognise(address: Address, token: str) -> Visitor | None:
    """The visitor behind a token of this very widget; None if it is forged, too old or of another widget."""
    try:
        visitor_id, address_id = signing.loads(token, salt=_SALT, max_age=_YEAR)
    except (signing.BadSignature, ValueError):
        return None
    if address_id != str(address.pk):
        return None
    return Visitor(id=visitor_id, address_id=address.pk)
