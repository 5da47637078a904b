"""The way in: an event is stored once, answered at once, and worked later, in order of its chat."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Greatest

from happ_project.core import clock, events, insertion, jobs
from happ_project.core.text import gettext_noop as _
from happ_project.files import services as files
from messengers import types
from messengers.adapter import Adapter
from messengers.errors import MessengerError, Rejected, TryLater
from messengers.events import InboundReceived
from messengers.models import Address, InboundReceipt
from messengers.services import addresses, identities, metadata, nudges, portraits, reports, request_log
from messengers.services.io import adapter_of

log = logging.getLogger(__name__)

NOTED_EVERY = timedelta(minutes=1)
_noted: dict[tuple[UUID, str], datetime] = {}  # when this process noted last that something came for an address
_FETCH_ATTEMPTS = 4
_ECHO_ATTEMPTS = 3
_REPORT_ATTEMPTS = 4
_FOR_GOOD = ("gone", "too_large")
"""The codes of a refusal that no other try will change."""
_TOO_LARGE = _("The file is too large to be kept.")


def accept(address: Address, found: Sequence[types.Inbound | types.Unreadable]) -> bool:
    """Store what arrived for one address; a repeat is a no-op. Returns whether the address is receiving at all.

    One INSERT, committed when it returns: the caller may then tell the messenger that we have it. An address that is
    not receiving drops what arrives and counts it.
    """
    if not address.receiving:
        addresses.count_dropped(address)
        return False
    if found:
        insertion.insert_new([_receipt(address, event) for event in found])
    return True


def accept_unreadable(kind: str, unreadable: types.Unreadable) -> None:
    """Store what an app-wide webhook brought and nobody could read: it belongs to no company yet."""
    insertion.insert_new(
        [
            InboundReceipt(
                kind=kind,
                dedup_key=unreadable.digest,
                raw=unreadable.raw,
                lane=f"unreadable:{unreadable.digest}",
                queue=InboundReceipt.default_queue,
                state=jobs.Job.State.FAILED,
                last_error=unreadable.reason,
            )
        ]
    )


def forget(address_id: UUID, chat_ids: Sequence[str]) -> None:
    """Empty the finished receipts of a deleted chat, in the caller's transaction; that they came stays known."""
    lanes = [f"{address_id}:{own}{name}"[:255] for name in chat_ids for own in ("", "own:")]
    closed = InboundReceipt.objects.filter(address_id=address_id, lane__in=lanes).exclude(state__in=jobs.Job.OPEN)
    closed.update(event=None, raw=None)
    metadata.forget(address_id, chat_ids)
    portraits.forget(address_id, chat_ids)
    request_log.forget(address_id, chat_ids)


def fetch_again(address: Address, message_id: str) -> bool:
    """Have the files of a message that arrived fetched once more; what is had is brought like the message itself was.

    False: nobody knows any more where they were.
    """
    told = InboundReceipt.objects.filter(
        address=address, event__type="MessageReceived", event__message_id=message_id, event__from_us=False
    )
    receipt = told.exclude(state__in=jobs.Job.OPEN).order_by("id").first()
    if receipt is None or not _lacks_files(types.load(receipt.event)):
        return False
    if address.capabilities.transport == "session":
        receipt.queue = nudges.QUEUE
        receipt.save(update_fields=["queue"])
        nudges.work_waits()
    jobs.redrive(receipt)
    jobs.nudge()
    return True


def _receipt(address: Address, event: types.Inbound | types.Unreadable) -> InboundReceipt:
    row = InboundReceipt(
        company_id=address.company_id, address=address, kind=address.kind, queue=InboundReceipt.default_queue
    )
    if isinstance(event, types.Unreadable):
        row.dedup_key, row.raw, row.lane = event.digest, event.raw, f"{address.pk}:unreadable:{event.digest[:16]}"
        row.state, row.last_error = jobs.Job.State.FAILED, event.reason
        return row
    row.dedup_key, row.lane = event.dedup_key[:255], _lane(address, event)
    row.event, row.raw = types.dump(event), event.raw
    if address.capabilities.transport == "session" and _lacks_files(event):
        row.queue = nudges.QUEUE  # its files can be had through its own connection only
        nudges.work_waits()
    return row


def _lacks_files(event: types.Inbound) -> bool:
    attachments = event.attachments if isinstance(event, types.MessageReceived) else ()
    return any(attachment.media_ref and not attachment.file_id for attachment in attachments)


def _lane(address: Address, event: types.Inbound) -> str:
    """A customer's messages in order; reports and echoes apart, because they may have to wait for each other."""
    if isinstance(event, types.ReceiptReceived):
        return f"{address.pk}:report:{event.message_id or event.provider_ref or event.client_ref}"[:255]
    if isinstance(event, types.MessageReceived) and event.from_us:
        return f"{address.pk}:own:{event.chat_id}"[:255]
    return f"{address.pk}:{event.chat_id}"[:255]


def process(receipt: InboundReceipt) -> None:
    """The work of a receipt: bring it to whom it concerns, exactly once."""
    if receipt.event is None or receipt.address_id is None:
        raise jobs.GiveUp(receipt.last_error or "nothing in it can be read")
    _note(receipt.address_id, "last_called_at", receipt.received_at)
    event = identities.complete(receipt, types.load(receipt.event))
    if isinstance(event, types.ReceiptReceived):
        _process_report(receipt, event)
    elif isinstance(event, types.StateChanged):
        with transaction.atomic():
            assert receipt.address is not None
            addresses.set_state(receipt.address, event.state, event.detail)
            jobs.finish(receipt)
    else:
        _process_message(receipt, event)


def _process_report(receipt: Any, event: types.ReceiptReceived) -> None:
    address = receipt.address
    with transaction.atomic():
        if reports.apply_report(address, event) or receipt.attempts >= _REPORT_ATTEMPTS:
            jobs.finish(receipt)
            return
    # the report overtook the answer that tells us the message's id
    reports.learn_ids(address, chat_refs=[event.chat_id])
    raise jobs.Retry(timedelta(seconds=2 * receipt.attempts), "no message with this id yet")


def _process_message(receipt: Any, event: Any) -> None:
    """A customer's plain text never asks for the address itself: with its credentials it is dear to load."""
    typed_by_us = isinstance(event, types.MessageReceived) and event.from_us and not event.history
    if typed_by_us and _is_own_echo(receipt, receipt.address, event):
        return
    if isinstance(event, types.MessageReceived) and event.from_program:
        return  # of our own app, though nothing here knows it: another installation's, or deleted since
    fetched = _fetch_files(receipt, event)
    event, file_ids = _as_they_are(event, fetched), [file_id for file_id, _problem in fetched]
    if receipt.queue == nudges.QUEUE:
        _hand_over(receipt, event, file_ids)
        return
    with transaction.atomic():
        events.publish(
            InboundReceived(
                company_id=receipt.company_id,
                address_id=receipt.address_id,
                received_at=receipt.received_at,
                event=event,
                file_ids=tuple(file_ids),
            )
        )
        if isinstance(event, types.MessageReceived) and event.metadata is not None:
            metadata.remember(receipt.address, event.chat_id, event.metadata)
        if isinstance(event, types.MessageDeleted):
            forget_message(receipt.address_id, event.message_id)
        _note(receipt.address_id, "last_received_at", clock.now())
        jobs.finish(receipt)


def forget_message(address_id: UUID, message_id: str) -> None:
    """What was taken back is not kept here either. Call in that transaction."""
    told = InboundReceipt.objects.filter(address_id=address_id, event__message_id=message_id)
    told.exclude(state__in=jobs.Job.OPEN).update(event=None, raw=None)


def _hand_over(receipt: InboundReceipt, event: types.MessageReceived, file_ids: list[UUID | None]) -> None:
    """The files are stored: the rest is the work of any worker. One that could not be had may be asked for again."""
    attachments = tuple(
        replace(attachment, media_ref={}, file_id=str(file_id)) if file_id else attachment
        for attachment, file_id in zip(event.attachments, file_ids, strict=True)
    )
    handed = jobs.owned(receipt).update(
        event=types.dump(replace(event, attachments=attachments)),
        queue=InboundReceipt.default_queue,
        state=jobs.Job.State.WAITING,
        run_at=clock.now(),
        locked_until=None,
        attempts=0,
    )
    if not handed:
        raise jobs.LostLease
    receipt.state = jobs.Job.State.WAITING


def _note(address_id: UUID, what: str, moment: datetime) -> None:
    """Now and then: if every event did, they would all wait for each other at this one row."""
    noted = _noted.get((address_id, what))
    if noted is None or moment - noted >= NOTED_EVERY:
        _noted[address_id, what] = moment
        Address.objects.filter(pk=address_id).update(**{what: Greatest(what, models.Value(moment))})


def _is_own_echo(receipt: InboundReceipt, address: Address, event: types.MessageReceived) -> bool:
    """Whether we sent this ourselves. What cannot be placed yet is tried again before a person gets the credit."""
    names, last_try = reports.names_of(event), receipt.attempts >= _ECHO_ATTEMPTS
    with transaction.atomic():
        if reports.match_echo(address, event, last_try=last_try):
            jobs.finish(receipt)
            return True
    if not last_try and reports.awaits_ids(address, names):
        reports.learn_ids(address, chat_refs=names)
        raise jobs.Retry(timedelta(seconds=1.5), "may be a message of ours whose id is not known yet")
    return False


def _fetch_files(receipt: Any, event: Any) -> list[tuple[UUID | None, str]]:
    """Copy the attachments into our own store, because the messenger's links expire; None where that failed, with the
    reason if it always will."""
    if not isinstance(event, types.MessageReceived) or not event.attachments:
        return []
    if receipt.address.capabilities.transport == "session" and receipt.queue != nudges.QUEUE:
        # handed over: what could be had through the connection is stored
        return [(_stored(attachment), attachment.problem) for attachment in event.attachments]
    adapter = adapter_of(receipt.address)
    return [_fetch_file(receipt, adapter, attachment) for attachment in event.attachments]


def _as_they_are(event: Any, fetched: Sequence[tuple[UUID | None, str]]) -> Any:
    """The event with what its files turned out to be, where the messenger did not say: a story may be either."""
    if not isinstance(event, types.MessageReceived):
        return event
    attachments = tuple(
        replace(_as_it_is(attachment, file_id), problem=problem)
        for attachment, (file_id, problem) in zip(event.attachments, fetched, strict=True)
    )
    return replace(event, attachments=attachments)


def _as_it_is(attachment: types.Attachment, file_id: UUID | None) -> types.Attachment:
    if file_id is None or attachment.mime or attachment.kind not in ("image", "video"):
        return attachment
    kinds: dict[str, types.AttachmentKind] = {"image": "image", "video": "video"}
    return replace(attachment, kind=kinds.get(files.get(file_id).mime.partition("/")[0], attachment.kind))


def _stored(attachment: types.Attachment) -> UUID | None:
    file_id = UUID(attachment.file_id) if attachment.file_id else None
    return file_id if file_id and files.exists(file_id) else None


def _fetch_file(receipt: InboundReceipt, adapter: Adapter, attachment: types.Attachment) -> tuple[UUID | None, str]:
    if attachment.file_id:
        return _stored(attachment), ""
    if not attachment.media_ref:
        return None, ""
    if (attachment.size or 0) > settings.LARGEST_UPLOAD:
        return None, _TOO_LARGE
    problem = ""
    try:
        fetched = adapter.fetch(attachment.media_ref)
        name, mime = fetched.name or attachment.name, fetched.mime or attachment.mime
        if attachment.kind in ("audio", "voice"):
            mime = mime.replace("video/", "audio/")  # the messenger knows what was recorded, its file server may not
        return files.store(fetched.content, name=name, mime=mime).pk, ""
    except TryLater as error:
        if receipt.attempts < _FETCH_ATTEMPTS:
            delay = timedelta(seconds=error.retry_after) if error.retry_after else jobs.backoff(receipt.attempts)
            raise jobs.Retry(delay, f"file: {error}") from error
    except (MessengerError, files.Unacceptable) as error:
        log.warning("a file of receipt %s could not be had: %s", receipt.pk, error)
        problem = str(error) if isinstance(error, Rejected) and error.code in _FOR_GOOD else ""
    return None, problem  # the message is shown with "file not available"
