"""The way out: a delivery is sent once, its status only moves forward, and "we do not know" is a status of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext_noop as _

from happ_project.core import clock, insertion, jobs, prepared
from happ_project.core.formatted import NOTHING, Formatted
from messengers import formatting, types
from messengers.adapter import Adapter
from messengers.capabilities import Capabilities
from messengers.errors import FormatRefused, LoginRequired, Rejected, Restricted, TryLater, Unsupported, Unsure
from messengers.models import Address, Connection, Delivery
from messengers.services import addresses, albums, delivering, nudges, packing, reports
from messengers.services.io import adapter_of

Status = Delivery.Status
_WAIT_FOR_LOGIN = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=24)
_TAKE_SLOT = """
    UPDATE messengers_address SET next_send_at = GREATEST(next_send_at, %(now)s) + %(pace)s
    WHERE id = %(address)s AND company_id = %(company)s RETURNING next_send_at - %(pace)s"""
COMPANY_CLOSED = _("The company was closed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A message to send: what is said, one stored file, or both. `reply_until`, `human_until`: see `OutgoingMessage`.

    `album`: messages of one chat with the same word here go out as one where the messenger has albums.
    """

    said: Formatted = NOTHING
    attachment: types.OutgoingAttachment | None = None
    reply_to: str = ""
    author: str = "assistant"
    album: str = ""
    reply_until: datetime | None = None
    human_until: datetime | None = None


def enqueue(address: Address, *, chat_ref: str, message_ref: UUID, content: Content, at_once: bool = False) -> None:
    """Write the deliveries of one message, in the caller's transaction; a long text becomes several parts.

    `at_once`: the caller is a worker and calls `deliver_at_once` when it has committed.
    """
    capabilities = address.capabilities
    kind = content.attachment.kind if content.attachment is not None else None
    parts = [packing.text_json(piece) for piece in pieces(capabilities, content.said, kind=kind)]
    if content.attachment is not None:
        parts[0]["attachment"] = packing.attachment_json(content.attachment)
        if content.album:
            parts[0]["album"] = content.album
    for payload in parts:
        payload |= {"reply_to": content.reply_to, "author": content.author, "parts": len(parts)}
        payload |= packing.times_json(content.reply_until, content.human_until)
    queue = Delivery.default_queue
    if capabilities.transport == "session":
        queue = nudges.QUEUE
        nudges.work_waits()
    elif not (at_once and capabilities.transport == "hosted"):
        jobs.nudge()
    rows = [
        Delivery(
            company_id=address.company_id,
            address=address,
            chat_ref=chat_ref,
            message_ref=message_ref,
            part=i,
            client_ref=reference(message_ref, i),
            payload=payload,
            lane=_lane(address, chat_ref),
            queue=queue,
        )
        for i, payload in enumerate(parts)
    ]
    insertion.insert_new(rows)


def deliver_at_once(address: Address, chat_ref: str) -> None:
    """Send what waits for a chat of a channel that we host ourselves: that takes less time than handing it over."""
    if address.capabilities.transport == "hosted":
        jobs.run_lane(Delivery, _lane(address, chat_ref))


def _lane(address: Address, chat_ref: str) -> str:
    return f"{address.pk}:{chat_ref}"[:255]


def pieces(capabilities: Capabilities, said: Formatted, *, kind: str | None = None) -> list[Formatted]:
    """The texts of a message's parts. The first goes along with its file (of this kind), perhaps empty."""
    if kind is None:
        return formatting.pieces(said, capabilities)
    caption = formatting.whole(said, capabilities)
    if capabilities.takes_caption(kind, caption.text):
        return [caption]
    return [NOTHING, *formatting.pieces(said, capabilities)]


def reference(message_ref: UUID, part: int) -> str:
    """What the messenger, or a visitor's page, knows one part of a message by."""
    return str(message_ref) if part == 0 else f"{message_ref}.{part}"


@prepared.query
def _address(address_id: UUID) -> models.QuerySet[Address]:
    found: models.QuerySet[Address] = Address.objects.select_related("account", "company").filter(pk=address_id)
    return found


def deliver(delivery: Delivery) -> None:
    """The work of a delivery."""
    (address,) = _address(delivery.address_id)
    adapter = adapter_of(address)
    if not address.company.is_open and delivery.status == Status.QUEUED:
        _close(delivery, Status.CANCELLED, error=COMPANY_CLOSED)
        return
    if delivery.status == Status.SENDING and not address.capabilities.idempotent_send:
        _close(delivery, Status.UNSURE, error=_("We were interrupted while sending and do not know if it arrived."))
        return
    if delivery.status not in {Status.QUEUED, Status.SENDING}:
        jobs.finish(delivery)
        return
    try:
        message = packing.unpack(delivery, address, adapter)
    except Rejected as error:
        _close(delivery, Status.FAILED, code=error.code, error=str(error))
        return
    except Unsupported as error:
        _close(delivery, Status.FAILED, code="unsupported", error=str(error))
        return
    if clock.now() - delivery.created_at > _LONGEST_WAIT:
        _close(delivery, Status.FAILED, code="too_late", error=_("It could not be sent for a day."))
        return
    if address.state == Connection.LOGIN_REQUIRED:
        _wait_for_login(delivery, address, address.state_detail)
        return
    if not _has_slot(delivery, address, adapter.pacing()):
        return
    delivering.begin(delivery, hosted=address.capabilities.transport == "hosted")
    _send(delivery, address, adapter, message)


def _has_slot(delivery: Delivery, address: Address, pacing: Any) -> bool:
    """Pacing is per address: a delivery takes the next free moment once, and goes back to wait where that is to come.

    A moment that was taken by a worker that died then goes unused.
    """
    now = clock.now()
    if delivery.slot_at is None:
        delivery.slot_at = _take_slot(address, pacing, now) if pacing else max(now, address.next_send_at)
    if delivery.slot_at <= now:
        return True
    wait, saving = delivery.slot_at - now, ["slot_at"] if pacing else []
    jobs.postpone(delivery, wait, error="the messenger's pace", counted=False, saving=saving)
    return False


def _take_slot(address: Address, pacing: Any, now: datetime) -> datetime:
    pace = timedelta(seconds=pacing.min_interval)
    with prepared.cursor() as cursor:
        cursor.execute(_TAKE_SLOT, {"address": address.pk, "company": address.company_id, "now": now, "pace": pace})
        slot: datetime = cursor.fetchone()[0]
    return slot


def _send(delivery: Delivery, address: Address, adapter: Adapter, message: types.OutgoingMessage) -> None:
    others = albums.gather(delivery, address, adapter)
    try:
        if others:
            sent = adapter.send_album([message, *(packed for _other, packed in others)])
        else:
            sent = [adapter.send(message)]
    except TryLater as error:
        albums.release(others)
        if isinstance(error, Restricted):
            addresses.set_state(address, Connection.RESTRICTED, str(error))
        _back_to_queue(delivery, address, error)
    except LoginRequired as error:
        albums.release(others)
        delivering.wait_again(delivery)
        _wait_for_login(delivery, address, str(error))
    except (Rejected, Unsupported) as error:
        if others:  # one of them spoils the rest: each goes by itself, so that the reason stands where it belongs
            albums.release(others, disband=True)
            _send(delivery, address, adapter, message)
            return
        if isinstance(error, FormatRefused) and message.marks:
            said = formatting.plain(message.said, address.capabilities, is_caption=message.attachment is not None)
            _send(delivery, address, adapter, replace(message, text=said.text, marks=()))
            return
        _close(delivery, Status.FAILED, code=getattr(error, "code", "unsupported"), error=str(error))
    except Unsure as error:
        _close(delivery, Status.UNSURE, error=str(error), others=others)
    else:
        wait = max(each.wait for each in sent)
        if wait:
            addresses.limit(address, wait)
        _close(delivery, Status.SENT, sent=sent, others=others)
        if address.state == Connection.RESTRICTED:
            addresses.set_state(address, Connection.CONNECTED)


@transaction.atomic
def _wait_for_login(delivery: Delivery, address: Address, reason: str) -> None:
    """Back to wait for a new login, which wakes what waits. Where that has come meanwhile it goes on at once."""
    is_dead = addresses.note_dead_login(address, reason)
    jobs.postpone(delivery, _WAIT_FOR_LOGIN if is_dead else timedelta(), error=reason, counted=False)


def _back_to_queue(delivery: Delivery, address: Address, error: TryLater) -> None:
    # surely not sent: back to "queued", so that a crash from here on is not taken for an interrupted sending
    delivering.wait_again(delivery)
    if error.retry_after:
        addresses.limit(address, error.retry_after)
        raise jobs.Retry(timedelta(seconds=error.retry_after), str(error), counted=False) from error
    if delivery.attempts >= delivery.max_attempts:
        _close(delivery, Status.FAILED, code="unreachable", error=str(error))
        return
    raise jobs.Retry(jobs.backoff(delivery.attempts), str(error)) from error


def _close(
    delivery: Delivery,
    status: str,
    *,
    sent: Sequence[types.Sent] = (),
    code: str = "",
    error: str = "",
    others: albums.Companions = (),
) -> None:
    """Note how the sending ended and close the row, in one transaction with the news of it.

    `others` went along and are noted, too; their rows are closed when their turn comes. An echo may have been faster
    than the messenger's answer: what it settled stays.
    """
    with transaction.atomic():
        _settle(delivery, status, sent[0] if sent else None, code=code, error=error, closing=True)
        for place, (other, _message) in enumerate(others, start=1):
            _settle(other, status, sent[place] if sent else None, code=code, error=error)


def _settle(
    delivery: Delivery, status: str, sent: types.Sent | None, *, code: str, error: str, closing: bool = False
) -> None:
    settled = delivering.settle(
        delivery,
        status,
        error=error,
        code=code,
        message_id=sent.message_id if sent else "",
        provider_ref=sent.provider_ref if sent else "",
        at=sent.at if sent else None,
        closing=closing,
    )
    if settled and settled.status in {Status.SENT, Status.UNSURE} and not settled.external_id:
        reports.check_later(settled)


def give_up(delivery: Delivery) -> None:
    """The work of a delivery failed for good by our own fault: whether it left, its status knows."""
    status = Status.UNSURE if delivery.status == Status.SENDING else Status.FAILED
    delivering.settle(delivery, status, code="internal", error=_("It failed on our side."))


def cancel(rows: models.QuerySet[Delivery], *, reason: str) -> int:
    """Take deliveries back that have not left yet, in the caller's transaction; the news of each is published."""
    wanted = rows.filter(state__in=jobs.Job.OPEN, status=Status.QUEUED)
    taken = 0
    for message_ref in wanted.order_by("message_ref").values_list("message_ref", flat=True).distinct():
        delivering.parts_of(message_ref)
        gone = wanted.filter(message_ref=message_ref).update(
            state=jobs.Job.State.CANCELLED,
            status=Status.CANCELLED,
            error=reason,
            finished_at=clock.now(),
            locked_until=None,
        )
        if gone:
            delivering.tell(list(Delivery.objects.of_message(message_ref)))
        taken += gone
    return taken


def empty(message_ref: UUID) -> None:
    """Keep nothing of what a message said that was taken back; how its sending ended stays known."""
    Delivery.objects.filter(message_ref=message_ref).exclude(state__in=jobs.Job.OPEN).update(payload={})


def forget(message_refs: Iterable[UUID]) -> None:
    """Delete the deliveries of messages that are being deleted, in the caller's transaction and before them."""
    Delivery.objects.filter(message_ref__in=list(message_refs)).delete()


@transaction.atomic
def retry(message_ref: UUID, *, reply_until: datetime | None = None, human_until: datetime | None = None) -> int:
    """A person asks to send again what failed, or what is unsure after having looked. Returns how many parts go.

    The times say until when that may be now, where the messenger sets any.
    """
    parts = delivering.parts_of(message_ref)
    again = [part for part in parts if part.status in {Status.FAILED, Status.UNSURE, Status.CANCELLED}]
    for delivery in again:
        delivery.status, delivery.error, delivery.error_code, delivery.slot_at = Status.QUEUED, "", "", None
        delivery.external_id, delivery.provider_ref, delivery.sent_at = "", "", None
        delivery.created_at = clock.now()
        delivery.payload = {**delivery.payload, **packing.times_json(reply_until, human_until)}
        delivery.save()
        jobs.redrive(delivery)
    if again:
        delivering.tell(parts)
    return len(again)
