"""Looking our own messages up at WaSender: whether they arrived, and under which of WhatsApp's ids."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from happ_project.core.text import gettext_noop as _
from messengers import errors
from messengers.adapters.whatsapp import parse, people
from messengers.adapters.whatsapp.client import WaSender
from messengers.reading import mapping, text_of
from messengers.types import MessageRef, ReceiptStatus, Reconciled

_MOST_PAGES = 4
# The log's clock is WaSender's; and a delivery may have waited for its turn since `sent_at`.
_EARLIER = timedelta(seconds=30)
_LATER = timedelta(minutes=15)


def reconcile(
    messages: Sequence[MessageRef],
    *,
    session: WaSender,
    account: WaSender | None,
    session_id: str,
    known: Collection[str] | None,
) -> list[Reconciled]:
    """See `Adapter.reconcile`. One request per message with a reference; one to four for all those without."""
    found = [_by_number(message, message.provider_ref, session) for message in messages if message.provider_ref]
    lost = [message for message in messages if not message.provider_ref]
    if lost and account is not None and session_id and known is not None:
        taken = {*known, *(message.provider_ref for message in messages)}
        found += _by_log(lost, _log(account, session_id, since=lost), taken=taken, session=session)
    return found


def _by_number(message: MessageRef, number: str, session: WaSender) -> Reconciled:
    try:
        info = session.message_info(number)
    except errors.Rejected:
        return Reconciled(client_ref=message.client_ref, status=None)
    key = mapping(info.get("key"), default={})
    return Reconciled(
        client_ref=message.client_ref,
        # "pending" is already more than unsure: WaSender has it
        status=parse.status_of(info.get("status")) or "sent",
        message_id=text_of(key.get("id")),
        provider_ref=number,
    )


def _log(account: WaSender, session_id: str, *, since: Sequence[MessageRef]) -> list[dict[str, Any]]:
    oldest = min((message.sent_at for message in since if message.sent_at), default=None)
    entries: list[dict[str, Any]] = []
    for page in range(1, _MOST_PAGES + 1):
        rows = account.message_log(session_id, page=page)
        entries += rows
        last = _created(rows[-1]) if rows else None
        if not rows or (oldest and last and last < oldest - _EARLIER):
            break
    return entries


def _by_log(
    lost: Sequence[MessageRef], entries: list[dict[str, Any]], *, taken: set[str], session: WaSender
) -> list[Reconciled]:
    """A log entry stands for a message only if it is the one entry, and that message the one message, that fit."""
    fits = {message.client_ref: [entry for entry in entries if _fits(entry, message, taken)] for message in lost}
    claims = [_number(candidates[0]) for candidates in fits.values() if len(candidates) == 1]
    found = []
    for message in lost:
        candidates = fits[message.client_ref]
        if len(candidates) != 1 or claims.count(_number(candidates[0])) != 1:
            continue
        entry, number = candidates[0], _number(candidates[0])
        if text_of(entry.get("status")).lower() == "failed":
            reason = text_of(entry.get("failed_reason")) or _("WaSender could not send it.")
            found.append(Reconciled(client_ref=message.client_ref, status="failed", provider_ref=number, error=reason))
            continue
        known = _by_number(message, number, session)
        status: ReceiptStatus = known.status or "sent"
        found.append(
            Reconciled(client_ref=message.client_ref, status=status, message_id=known.message_id, provider_ref=number)
        )
    return found


def _fits(entry: dict[str, Any], message: MessageRef, taken: set[str]) -> bool:
    number, created = _number(entry), _created(entry)
    to = text_of(entry.get("to")) or text_of(entry.get("jid"))
    same_chat = to == message.chat_id or (people.digits(to) == people.digits(message.chat_id) and "@lid" not in to)
    text = text_of(entry.get("text")) or text_of(entry.get("message")) or text_of(entry.get("content"))
    if not number or number in taken or not same_chat or text.strip() != message.text.strip():
        return False
    if created is None or message.sent_at is None:
        return False
    return message.sent_at - _EARLIER <= created <= message.sent_at + _LATER


def _number(entry: dict[str, Any]) -> str:
    return text_of(entry.get("msgId")) or text_of(entry.get("message_id")) or text_of(entry.get("id"))


def _created(entry: dict[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text_of(entry.get("created_at")))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
