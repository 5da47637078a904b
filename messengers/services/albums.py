"""Albums: several deliveries that the messenger is handed as one message, each with its own number and status.

The first of them in the lane takes the others along. They stand behind it, so nobody else works them meanwhile; when
their turn comes, what became of them is known and they are merely closed.
"""

from __future__ import annotations

from collections.abc import Sequence

from messengers import types
from messengers.adapter import Adapter
from messengers.errors import MessengerError
from messengers.models import Address, Delivery
from messengers.services import delivering, packing

Status = Delivery.Status
Companions = Sequence[tuple[Delivery, types.OutgoingMessage]]
"""Deliveries that go along, with the messages made of them, in order."""


def gather(first: Delivery, address: Address, adapter: Adapter) -> Companions:
    """The others of its album, now being sent with it. One that the messenger does not take waits for its own turn."""
    rule, name = address.capabilities.albums, first.payload.get("album")
    if rule is None or not name:
        return []
    waiting = Delivery.objects.filter(
        lane=first.lane, id__gt=first.pk, state=Delivery.State.WAITING, payload__album=name
    )
    found: list[tuple[Delivery, types.OutgoingMessage]] = []
    for delivery in waiting.filter(status__in=[Status.QUEUED, Status.SENDING]).order_by("id")[: rule.most - 1]:
        try:
            message = packing.unpack(delivery, address, adapter)
        except MessengerError:
            continue
        if _move(delivery, Status.SENDING):
            found.append((delivery, message))
    return found


def release(companions: Companions, *, disband: bool = False) -> None:
    """Surely not sent: they wait again, with `disband` each for itself."""
    for delivery, _message in companions:
        if disband:
            delivery.payload = {name: value for name, value in delivery.payload.items() if name != "album"}
        _move(delivery, Status.QUEUED)


def _move(delivery: Delivery, status: str) -> bool:
    """Only if it is still to be sent: somebody may have taken it back, or an echo settled it."""
    delivery.status = status
    open_ones = Delivery.objects.filter(
        pk=delivery.pk, state=Delivery.State.WAITING, status__in=[Status.QUEUED, Status.SENDING]
    )
    moved = open_ones.update(status=status, payload=delivery.payload) > 0
    if moved:
        delivering.tell_of_try(delivery)
    return moved


def others_of(delivery: Delivery) -> list[Delivery]:
    """The rest of a delivery's album, in order, whatever became of them."""
    name = delivery.payload.get("album")
    if not name:
        return []
    lane = Delivery.objects.filter(address_id=delivery.address_id, chat_ref=delivery.chat_ref, payload__album=name)
    return list(lane.exclude(pk=delivery.pk).order_by("id"))
