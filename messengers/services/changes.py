"""Changing or taking back what we sent, at the messenger as well, where it lets us."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_noop as _

from happ_project.core import formatted, jobs
from happ_project.core.formatted import NOTHING, Formatted
from messengers import formatting, types
from messengers.errors import FormatRefused, LoginRequired, Rejected, TryLater, Unsupported
from messengers.models import Address, Delivery, MessageChange
from messengers.services import nudges, outbox
from messengers.services.io import adapter_of

Status = Delivery.Status
_ON_ITS_WAY = (Status.QUEUED, Status.SENDING)
_WAIT = timedelta(seconds=2)


def edit(address: Address, *, message_ref: UUID, said: Formatted) -> bool:
    """Have a message of ours say something else, in the caller's transaction. False: this messenger cannot."""
    return address.capabilities.edits and _plan(address, message_ref, MessageChange.Kind.EDIT, said)


def delete(address: Address, *, message_ref: UUID) -> bool:
    """Take a message of ours back, in the caller's transaction. False: this messenger cannot."""
    waiting = Delivery.objects.filter(message_ref=message_ref)
    outbox.cancel(waiting, reason=_("The message was deleted."))
    if address.capabilities.deletes and _plan(address, message_ref, MessageChange.Kind.DELETE, NOTHING):
        return True  # its words may be needed to find it there
    _forget_words(message_ref)
    return False


def _plan(address: Address, message_ref: UUID, kind: str, said: Formatted) -> bool:
    if not Delivery.objects.filter(message_ref=message_ref).exists():
        return False
    is_session = address.capabilities.transport == "session"
    MessageChange.objects.create(
        company_id=address.company_id,
        address=address,
        message_ref=message_ref,
        kind=kind,
        text=said.text,
        marks=said.marks_json(),
        lane=f"change:{message_ref}",
        queue=nudges.QUEUE if is_session else MessageChange.default_queue,
    )
    if is_session:
        nudges.work_waits()
    return True


def carry_out(change: MessageChange) -> None:
    """The work of a change."""
    parts = list(Delivery.objects.of_message(change.message_ref))
    if any(part.status in _ON_ITS_WAY for part in parts):
        raise jobs.Retry(_WAIT, "the message is not sent yet", counted=False)
    adapter = adapter_of(Address.objects.select_related("account").get(pk=change.address_id))
    try:
        if change.kind == MessageChange.Kind.EDIT:
            _edit(adapter, parts, formatted.from_json(change.text, change.marks))
        else:
            for part in parts:
                if part.external_id or part.provider_ref:
                    adapter.delete(_ref(part))
    except TryLater as error:
        delay = timedelta(seconds=error.retry_after) if error.retry_after else jobs.backoff(change.attempts)
        raise jobs.Retry(delay, str(error), counted=not error.retry_after) from error
    except (Rejected, Unsupported, LoginRequired) as error:
        raise jobs.GiveUp(str(error)) from error
    if change.kind == MessageChange.Kind.DELETE:
        _forget_words(change.message_ref)


def give_up(change: MessageChange) -> None:
    """The messenger has not done it: what was to be taken back there is kept here no longer all the same."""
    if change.kind == MessageChange.Kind.DELETE:
        _forget_words(change.message_ref)


def _forget_words(message_ref: UUID) -> None:
    """Of a message that was taken back, once they are not needed to find it at the messenger."""
    outbox.empty(message_ref)
    MessageChange.objects.filter(message_ref=message_ref).exclude(state__in=jobs.Job.OPEN).update(text="", marks=[])


def _edit(adapter: Any, parts: list[Delivery], said: Formatted) -> None:
    """A long text was several messages: each gets its piece, and what is not needed any more goes."""
    texts = [part for part in parts if part.payload.get("text")]
    pieces = formatting.pieces(said, adapter.capabilities)
    if len(pieces) > len(texts):
        raise jobs.GiveUp("the new text needs more messages than the old one")
    for part, piece in zip(texts, pieces, strict=False):
        is_caption = bool(part.payload.get("attachment"))
        try:
            adapter.edit(_ref(part), piece)
        except FormatRefused:
            if not piece.marks:
                raise
            adapter.edit(_ref(part), formatting.plain(piece, adapter.capabilities, is_caption=is_caption))
    for part in texts[len(pieces) :]:
        if not part.payload.get("attachment"):
            adapter.delete(_ref(part))


def _ref(delivery: Delivery) -> types.MessageRef:
    return types.MessageRef(
        chat_id=delivery.chat_ref,
        message_id=delivery.external_id,
        provider_ref=delivery.provider_ref,
        client_ref=delivery.client_ref,
        text=delivery.payload.get("text", ""),
        sent_at=delivery.sent_at,
    )
