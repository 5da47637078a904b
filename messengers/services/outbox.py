"""The way out: a delivery is sent once, its status only moves forward, and "we do not know" is a status of its own."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext as _

from happ_project.core import clock, events, jobs
from messengers import types
from messengers.errors import LoginRequired, MessengerError, Rejected, TryLater, Unsupported, Unsure
from messengers.events import DeliveryChanged
from messengers.models import Address, Connection, Delivery, DeliveryCheck
from messengers.services import addresses
from messengers.services.io import adapter_of
from messengers.text_splitting import split

log = logging.getLogger(__name__)

Status = Delivery.Status
_RANK: dict[str, int] = {
    Status.QUEUED: 0, Status.SENDING: 1, Status.UNSURE: 2, Status.FAILED: 2, Status.SENT: 3,
    Status.DELIVERED: 4, Status.READ: 5, Status.CANCELLED: 6,
}  # fmt: skip
_WAIT_FOR_LOGIN = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=24)
_RECONCILED_FOR = timedelta(hours=24)
_CHECKS = (10, 30, 120, 600, 3600, 6 * 3600)
"""Seconds before each look-up of a delivery whose fate or id is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A message to send: text, one stored file, or both."""

    text: str = ""
    attachment: types.OutgoingAttachment | None = None
    reply_to: str = ""
    author: str = "assistant"


def enqueue(address: Address, *, chat_ref: str, message_ref: UUID, content: Content) -> list[Delivery]:
    """Write the deliveries of one message, in the caller's transaction; a long text becomes several parts."""
    capabilities = address.capabilities
    parts: list[dict[str, Any]] = []
    text = content.text
    if content.attachment is not None:
        attachment = _attachment_json(content.attachment)
        fits = capabilities.captions and len(split(text, capabilities.text_limit, capabilities.text_unit)) <= 1
        parts.append({"text": text if fits else "", "attachment": attachment})
        text = "" if fits else text
    if text.strip():
        parts += [{"text": piece} for piece in split(text, capabilities.text_limit, capabilities.text_unit)]
    for payload in parts:
        payload |= {"reply_to": content.reply_to, "author": content.author}
    queue = "sessions" if capabilities.transport == "session" else Delivery.default_queue
    rows = [
        Delivery(
            company_id=address.company_id,
            address=address,
            chat_ref=chat_ref,
            message_ref=message_ref,
            part=i,
            client_ref=str(message_ref) if i == 0 else f"{message_ref}.{i}",
            payload=payload,
            lane=f"{address.pk}:{chat_ref}"[:255],
            queue=queue,
        )
        for i, payload in enumerate(parts)
    ]
    return Delivery.objects.bulk_create(rows)


def _attachment_json(attachment: types.OutgoingAttachment) -> dict[str, Any]:
    return {name: getattr(attachment, name) for name in ("kind", "file_id", "mime", "name", "size")}


def deliver(delivery: Delivery) -> None:
    """The work of a delivery."""
    address = Address.objects.select_related("account").get(pk=delivery.address_id)
    adapter = adapter_of(address)
    if delivery.status == Status.SENDING and not address.capabilities.idempotent_send:
        _close(delivery, Status.UNSURE, error=_("We were interrupted while sending and do not know if it arrived."))
        return
    if delivery.status not in {Status.QUEUED, Status.SENDING}:
        jobs.finish(delivery)
        return
    message = _message(delivery)
    try:
        adapter.refuse_unsupported(message)
    except Unsupported as error:
        _close(delivery, Status.FAILED, code="unsupported", error=str(error))
        return
    if address.state == Connection.LOGIN_REQUIRED:
        _wait_for_login(delivery)
        return
    _wait_for_slot(delivery, address, adapter.pacing())
    _set_sending(delivery)
    _send(delivery, address, adapter, message)


def _message(delivery: Delivery) -> types.OutgoingMessage:
    payload = delivery.payload
    attachment = payload.get("attachment")
    return types.OutgoingMessage(
        client_ref=delivery.client_ref,
        chat_id=delivery.chat_ref,
        text=payload.get("text", ""),
        attachment=types.OutgoingAttachment(**attachment) if attachment else None,
        reply_to=payload.get("reply_to", ""),
        author=payload.get("author", "assistant"),
    )


def _wait_for_login(delivery: Delivery) -> None:
    if clock.now() - delivery.created_at > _LONGEST_WAIT:
        _close(delivery, Status.FAILED, code="not_connected", error=_("The channel was not connected for a day."))
        return
    raise jobs.Retry(_WAIT_FOR_LOGIN, "the channel needs a new login", counted=False)


def _wait_for_slot(delivery: Delivery, address: Address, pacing: Any) -> None:
    """Pacing is per address: a delivery takes the next free moment once and then waits for it."""
    now = clock.now()
    if delivery.slot_at is None:
        interval = timedelta(seconds=pacing.min_interval if pacing else 0)
        with transaction.atomic():
            free = Address.objects.select_for_update().values_list("next_send_at", flat=True).get(pk=address.pk)
            slot = max(now, free)
            if interval:
                Address.objects.filter(pk=address.pk).update(next_send_at=slot + interval)
            delivery.slot_at = slot
            delivery.save(update_fields=["slot_at"])
    if delivery.slot_at > now:
        raise jobs.Retry(delivery.slot_at - now, "the messenger's pace", counted=False)


def _set_sending(delivery: Delivery) -> None:
    changed = Delivery.objects.filter(pk=delivery.pk, state=jobs.Job.State.RUNNING, attempts=delivery.attempts).update(
        status=Status.SENDING
    )
    if not changed:
        raise jobs.LostLease
    delivery.status = Status.SENDING


def _send(delivery: Delivery, address: Address, adapter: Any, message: types.OutgoingMessage) -> None:
    try:
        sent = adapter.send(message)
    except TryLater as error:
        _back_to_queue(delivery, address, error)
    except LoginRequired as error:
        Delivery.objects.filter(pk=delivery.pk).update(status=Status.QUEUED, slot_at=None)
        addresses.set_state(address, Connection.LOGIN_REQUIRED, str(error))
        raise jobs.Retry(_WAIT_FOR_LOGIN, str(error), counted=False) from error
    except (Rejected, Unsupported) as error:
        _close(delivery, Status.FAILED, code=getattr(error, "code", "unsupported"), error=str(error))
    except Unsure as error:
        _close(delivery, Status.UNSURE, error=str(error))
    else:
        if sent.wait:
            _hold(address, sent.wait)
        _close(delivery, Status.SENT, sent=sent)


def _back_to_queue(delivery: Delivery, address: Address, error: TryLater) -> None:
    # surely not sent: back to "queued", so that a crash from here on is not taken for an interrupted sending
    Delivery.objects.filter(pk=delivery.pk).update(status=Status.QUEUED, slot_at=None)
    delivery.slot_at = None
    if error.retry_after:
        _hold(address, error.retry_after)
        raise jobs.Retry(timedelta(seconds=error.retry_after), str(error), counted=False) from error
    if delivery.attempts >= delivery.max_attempts:
        _close(delivery, Status.FAILED, code="unreachable", error=str(error))
        return
    raise jobs.Retry(jobs.backoff(delivery.attempts), str(error)) from error


def _hold(address: Address, seconds: float) -> None:
    until = clock.now() + timedelta(seconds=seconds)
    Address.objects.filter(pk=address.pk, next_send_at__lt=until).update(next_send_at=until)


def _close(delivery: Delivery, status: str, *, sent: types.Sent | None = None, code: str = "", error: str = "") -> None:
    """Note how the sending ended and close the row, in one transaction with the news of it."""
    with transaction.atomic():
        jobs.finish(delivery, error=error)
        delivery.status, delivery.error_code, delivery.error = status, code, error
        if sent is not None:
            delivery.external_id, delivery.provider_ref = sent.message_id, sent.provider_ref
            delivery.sent_at = sent.at or clock.now()
        delivery.save(update_fields=["status", "error_code", "error", "external_id", "provider_ref", "sent_at"])
        if status in {Status.SENT, Status.UNSURE} and not delivery.external_id:
            _check_later(delivery)
        _publish(delivery)


def _check_later(delivery: Delivery) -> None:
    DeliveryCheck.objects.create(
        company_id=delivery.company_id,
        delivery=delivery,
        lane=f"check:{delivery.pk}",
        run_at=clock.now() + timedelta(seconds=_CHECKS[0]),
    )


def look_up(check: DeliveryCheck) -> None:
    """The work of a check: settle the delivery from the messenger's records, asking ever less often."""
    delivery = Delivery.objects.select_related("address__account").get(pk=check.delivery_id)
    if delivery.external_id or delivery.status not in {Status.SENT, Status.UNSURE}:
        return
    learn_ids(delivery.address, only=delivery.pk)
    delivery.refresh_from_db(fields=["external_id", "status"])
    if not delivery.external_id and check.attempts < len(_CHECKS):
        raise jobs.Retry(timedelta(seconds=_CHECKS[check.attempts]), "the messenger does not know it yet")


def _publish(delivery: Delivery) -> None:
    parts = list(Delivery.objects.of_message(delivery.message_ref))
    slowest = min(parts, key=lambda part: _RANK[part.status]) if parts else delivery
    broken = next((part for part in parts if part.status in {Status.FAILED, Status.UNSURE}), None)
    speaks = broken or slowest
    events.publish(
        DeliveryChanged(
            company_id=delivery.company_id,
            message_ref=delivery.message_ref,
            status=speaks.status,
            error=speaks.error,
            external_id=parts[0].external_id if parts else delivery.external_id,
            sent_at=delivery.sent_at,
        )
    )


def _move(delivery: Delivery, status: str, *, error: str = "") -> bool:
    """A report moves the status forward only; reports come out of order."""
    known = delivery.status
    heals = known == Status.UNSURE or (known == Status.FAILED and status != Status.FAILED)
    if status == Status.FAILED:
        if known not in {Status.QUEUED, Status.SENDING, Status.UNSURE, Status.SENT}:
            return False
    elif not heals and _RANK[status] <= _RANK[known]:
        return False
    delivery.status, delivery.error = status, error
    delivery.sent_at = delivery.sent_at or clock.now()
    delivery.save(update_fields=["status", "error", "sent_at", "external_id", "provider_ref"])
    _publish(delivery)
    return True


def apply_report(address: Address, event: types.ReceiptReceived) -> bool:
    """A delivery report of the messenger; False if no message of ours has this id (yet)."""
    found = _find(address, message_id=event.message_id, provider_ref=event.provider_ref)
    if found is None:
        return False
    if event.message_id and not found.external_id:
        found.external_id = event.message_id
    _move(found, event.status, error=event.error)
    return True


def match_echo(address: Address, event: types.MessageReceived) -> bool:
    """Whether an own message that the messenger shows us is one that we sent; if so, it settles the delivery."""
    found = _find(address, message_id=event.message_id, client_ref=event.client_ref)
    if found is None:
        found = _unsure_twin(address, event)
    if found is None:
        return False
    found.external_id = found.external_id or event.message_id
    if not _move(found, Status.SENT):
        found.save(update_fields=["external_id"])
    return True


def _find(address: Address, *, message_id: str = "", provider_ref: str = "", client_ref: str = "") -> Delivery | None:
    wanted = models.Q(pk=None)
    if message_id:
        wanted |= models.Q(external_id=message_id)
    if provider_ref:
        wanted |= models.Q(provider_ref=provider_ref)
    if client_ref:
        wanted |= models.Q(client_ref=client_ref)
    return Delivery.objects.select_for_update().filter(wanted, address=address).first()


def _unsure_twin(address: Address, event: types.MessageReceived) -> Delivery | None:
    """A delivery of unknown fate with the very same words in this chat: the echo says that it arrived."""
    waiting = Delivery.objects.select_for_update().filter(
        address=address,
        chat_ref=event.chat_id,
        status=Status.UNSURE,
        external_id="",
        created_at__gt=clock.now() - _RECONCILED_FOR,
    )
    for delivery in waiting.order_by("id"):
        same_text = delivery.payload.get("text", "").strip() == event.text.strip()
        if same_text and bool(delivery.payload.get("attachment")) == bool(event.attachments):
            return delivery
    return None


def awaits_ids(address: Address, *, chat_ref: str) -> bool:
    """Whether a message of ours in this chat is on its way without an id of the messenger yet."""
    return _without_id(address).filter(chat_ref=chat_ref).exists()


def _without_id(address: Address) -> models.QuerySet:
    return Delivery.objects.filter(
        address=address,
        external_id="",
        status__in=[Status.SENDING, Status.SENT, Status.UNSURE],
        created_at__gt=clock.now() - _RECONCILED_FOR,
    )


def learn_ids(address: Address, *, chat_ref: str | None = None, only: int | None = None) -> int:
    """Ask the messenger's own records about messages of unknown id or fate. Returns how many were settled."""
    rows = _without_id(address).exclude(status=Status.SENDING)
    if chat_ref is not None:
        rows = rows.filter(chat_ref=chat_ref)
    if only is not None:
        rows = rows.filter(pk=only)
    asked = {delivery.client_ref: delivery for delivery in rows.order_by("id")[:50]}
    if not asked:
        return 0
    refs = [
        types.MessageRef(
            chat_id=delivery.chat_ref,
            message_id=delivery.external_id,
            provider_ref=delivery.provider_ref,
            client_ref=delivery.client_ref,
            text=delivery.payload.get("text", ""),
            sent_at=delivery.sent_at or delivery.created_at,
        )
        for delivery in asked.values()
    ]
    try:
        answers = adapter_of(address).reconcile(refs, known=_refs_in_use(address, asked.values()))
    except MessengerError as error:
        log.info("%s could not be asked about sent messages: %s", address.pk, error)
        return 0
    return sum(_settle(asked[answer.client_ref].pk, answer) for answer in answers if answer.client_ref in asked)


def _refs_in_use(address: Address, asked: Iterable[Delivery]) -> set[str]:
    """The messenger's references of the other messages of these chats, so that none is taken for a lost one."""
    chats = {delivery.chat_ref for delivery in asked}
    since = clock.now() - 2 * _RECONCILED_FOR
    sent = Delivery.objects.filter(address=address, chat_ref__in=chats, created_at__gt=since)
    return set(sent.exclude(provider_ref="").values_list("provider_ref", flat=True))


@transaction.atomic
def _settle(pk: int, answer: types.Reconciled) -> bool:
    if answer.status is None:
        return False
    delivery = Delivery.objects.select_for_update().get(pk=pk)
    delivery.external_id = delivery.external_id or answer.message_id
    delivery.provider_ref = delivery.provider_ref or answer.provider_ref
    if not _move(delivery, answer.status, error=answer.error):
        delivery.save(update_fields=["external_id", "provider_ref"])
    return True


def cancel(rows: models.QuerySet, *, reason: str) -> int:
    """Take deliveries back that have not left yet, in the caller's transaction; the news of each is published."""
    taken = list(rows.select_for_update().filter(state__in=jobs.Job.OPEN, status=Status.QUEUED))
    for delivery in taken:
        delivery.state, delivery.status = jobs.Job.State.CANCELLED, Status.CANCELLED
        delivery.error, delivery.finished_at, delivery.locked_until = reason, clock.now(), None
        delivery.save(update_fields=["state", "status", "error", "finished_at", "locked_until"])
        _publish(delivery)
    return len(taken)


@transaction.atomic
def retry(message_ref: UUID) -> int:
    """A person asks to send again what failed, or what is unsure after having looked. Returns how many parts go."""
    parts = Delivery.objects.select_for_update().filter(
        message_ref=message_ref, status__in=[Status.FAILED, Status.UNSURE, Status.CANCELLED]
    )
    again = list(parts)
    for delivery in again:
        delivery.status, delivery.error, delivery.error_code, delivery.slot_at = Status.QUEUED, "", "", None
        delivery.created_at = clock.now()
        delivery.save(update_fields=["status", "error", "error_code", "slot_at", "created_at"])
        jobs.redrive(delivery)
        _publish(delivery)
    return len(again)
