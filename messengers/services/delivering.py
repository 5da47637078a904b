"""The status of a delivery: the one place that changes it, and tells the house of it.

A message may be several deliveries (parts). Whoever changes one holds the message's first part for the length of the
transaction, so that what is told of the whole message is always computed from the others' latest state.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from happ_project.core import clock, events, jobs, prepared
from messengers.events import DeliveryChanged, DeliveryTried
from messengers.models import Delivery

Status = Delivery.Status
_RANK: dict[str, int] = {
    Status.QUEUED: 0, Status.SENDING: 1, Status.UNSURE: 2, Status.FAILED: 2, Status.SENT: 3,
    Status.DELIVERED: 4, Status.READ: 5, Status.CANCELLED: 6,
}  # fmt: skip
_SETTLED = ("status", "error", "error_code", "external_id", "provider_ref", "sent_at")
_BROKEN = (Status.FAILED, Status.UNSURE, Status.CANCELLED)


def parts_of(message_ref: UUID) -> list[Delivery]:
    """All parts of a message as they are now, the message held. Call in a transaction, before changing any of them."""
    held = _held_part(message_ref)
    if held and held[0].payload.get("parts") == 1:
        return held
    return _parts(message_ref)


@prepared.query
def _held_part(message_ref: UUID) -> QuerySet[Delivery]:
    parts: QuerySet[Delivery] = Delivery.objects.select_for_update().filter(message_ref=message_ref, part=0)
    return parts


@prepared.query
def _parts(message_ref: UUID) -> QuerySet[Delivery]:
    parts: QuerySet[Delivery] = Delivery.objects.of_message(message_ref)
    return parts


def is_news(known: str, status: str) -> bool:
    """Whether a status may follow another: forward only, but the truth about a failed or unsure one may come late."""
    if status == Status.FAILED:
        return known in {Status.QUEUED, Status.SENDING, Status.UNSURE, Status.SENT}
    if known in {Status.FAILED, Status.UNSURE} and status != Status.UNSURE:
        return True
    return _RANK[status] > _RANK[known]


def set_status(delivery: Delivery, status: str, **fields: object) -> None:
    """Change the status of a delivery at work, silently; raises `LostLease` if it is no longer ours or has moved."""
    was = delivery.status
    for name, value in {"status": status, **fields}.items():
        setattr(delivery, name, value)
    ours = {"state": jobs.Job.State.RUNNING, "claims": delivery.claims, "status": was}
    if not prepared.update_if(delivery, ("status", *fields), **ours):
        raise jobs.LostLease


def begin(delivery: Delivery, *, hosted: bool) -> None:
    """It is being sent from now on; raises `LostLease` as `set_status` does.

    Each statement by itself: should the listener's be lost, the message waits for the next news. A channel that we
    host ourselves (`hosted`) takes a message at once, so nobody is told that it is about to.
    """
    set_status(delivery, Status.SENDING, slot_at=delivery.slot_at)
    if not hosted:
        tell_of_try(delivery)


def wait_again(delivery: Delivery) -> None:
    """It surely was not sent and waits once more; raises `LostLease` as `set_status` does."""
    set_status(delivery, Status.QUEUED, slot_at=None)
    tell_of_try(delivery)


def tell_of_try(delivery: Delivery) -> None:
    """It is being sent, or waits again: a hint for whoever looks on."""
    is_sending = delivery.status == Status.SENDING
    events.publish(
        DeliveryTried(company_id=delivery.company_id, message_ref=delivery.message_ref, is_sending=is_sending)
    )


def settle(
    delivery: Delivery,
    status: str,
    *,
    error: str = "",
    code: str = "",
    message_id: str = "",
    provider_ref: str = "",
    at: datetime | None = None,
    closing: bool = False,
) -> Delivery | None:
    """Note in the caller's transaction what became of a delivery, and tell. Returns it as it is then; None if gone.

    `at`: when it was sent, if the messenger says so. `closing`: the delivery is at work and ends with this; raises
    `LostLease` if it is no longer ours.
    """
    parts = parts_of(delivery.message_ref)
    own = next((part for part in parts if part.pk == delivery.pk), None)
    if own is None:
        if closing:
            raise jobs.LostLease
        return None
    own.external_id = message_id or own.external_id
    own.provider_ref = provider_ref or own.provider_ref
    if is_news(own.status, status):
        own.status, own.error, own.error_code = status, error, code
        if status in {Status.SENT, Status.DELIVERED, Status.READ}:
            own.sent_at = own.sent_at or at or clock.now()
    if closing:
        for name in _SETTLED:
            setattr(delivery, name, getattr(own, name))
        jobs.finish(delivery, error=error, saving=_SETTLED)
    else:
        prepared.update(own, *_SETTLED)
    tell(parts)
    return own


def tell(parts: list[Delivery]) -> None:
    """Publish how far the message is: as far as its slowest part, unless one is broken.

    With one part gone and another still waiting it is being sent: it does not go back to waiting.
    """
    slowest = min(parts, key=lambda part: _RANK[part.status])
    broken = next((part for part in parts if part.status in _BROKEN), None)
    speaks = broken or slowest
    is_begun = speaks.status == Status.QUEUED and any(part.status != Status.QUEUED for part in parts)
    events.publish(
        DeliveryChanged(
            company_id=speaks.company_id,
            message_ref=speaks.message_ref,
            status=Status.SENDING if is_begun else speaks.status,
            error=speaks.error,
            external_id=parts[0].external_id,
            sent_at=parts[0].sent_at,
        )
    )
