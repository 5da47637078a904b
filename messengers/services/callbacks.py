"""Whether a messenger still calls the address that a person pasted into its settings: nobody says so when it stops."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from happ_project.core import clock
from messengers.models import Address, Delivery
from messengers.services import addresses, inbox

_PATIENCE = timedelta(minutes=10)
_FEW = 3
"""A status may be late, and one may be lost; so many are not."""


@dataclass(frozen=True, kw_only=True)
class Callbacks:
    """`place` says where `url` is pasted; `last_at`: None if the messenger never called.

    `unanswered`: how many messages it took since then without telling anything at all; 0 where that is no sign yet.
    """

    url: str
    place: str
    last_at: datetime | None
    unanswered: int


def of(address: Address) -> Callbacks | None:
    """None where no person has a part in it."""
    place = address.capabilities.pasted_webhook
    if not place:
        return None
    return Callbacks(
        url=addresses.webhook_url(address.kind, address.webhook_token),
        place=place,
        last_at=address.last_called_at,
        unanswered=_unanswered(address) if address.receiving else 0,
    )


def _unanswered(address: Address) -> int:
    # a callback within moments of another one was not noted
    since = address.last_called_at + inbox.NOTED_EVERY if address.last_called_at else address.created_at
    taken = Delivery.objects.filter(
        address=address, status=Delivery.Status.SENT, sent_at__gt=since, sent_at__lt=clock.now() - _PATIENCE
    )
    found = taken.values("message_ref").distinct().count()
    return found if found >= _FEW else 0
