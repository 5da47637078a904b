"""WaSender's webhook bodies as events.

Facts: https://wasenderapi.com/help/messaging/using-webhooks. One message may come under several events, as an object,
an array or flat, with a phone number, a lid or both; whatever is not for us is left out and counted, never refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from happ_project.core.text import gettext_noop as _
from messengers import types
from messengers.adapters.whatsapp import content, people
from messengers.reading import Malformed, fingerprint, json_object, mapping, moment_of, text_of, unreadable

_MESSAGES = {
    "messages.received",
    "messages.recieved",  # sic: so spelt in the provider's Python SDK
    "messages.upsert",
    "messages-personal.received",
    "message.sent",
}
_NOT_SERVED = {"messages-group.received": "group", "messages-newsletter.received": "newsletter"}
STATES: dict[str, types.ConnectionState] = {
    "connected": "connected",
    "connecting": "connecting",
    "need_scan": "login_required",
    "logged_out": "login_required",
    "expired": "login_required",
}
_WORDS = {
    "connected": "",
    "connecting": _("WaSender is connecting the number"),
    "need_scan": _("The number has to be linked again with a code"),
    "logged_out": _("The number is not linked any more"),
    "expired": _("The number has to be linked again with a code"),
    "disconnected": _("WaSender has no connection to the number"),
}
_STATUSES: dict[str, types.ReceiptStatus] = {
    "0": "failed",
    "2": "sent",
    "3": "delivered",
    "4": "read",
    "5": "read",
    "error": "failed",
    "server_ack": "sent",
    "sent": "sent",
    "delivery_ack": "delivered",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
}
# `sessionId` is the API key; a QR code links whoever scans it
_SECRET_KEYS = {"sessionid", "session_id", "apikey", "api_key", "webhook_secret", "webhooksecret", "qr", "qrcode"}
Reader = Callable[[dict[str, Any], dict[str, Any]], types.Inbound | None]
_JUST_BEFORE = timedelta(minutes=1)


def redact(body: bytes, *, secrets: frozenset[str] = frozenset()) -> dict[str, Any] | None:
    """The body as JSON without the session's API key, which WaSender sends along; None if it is no JSON object."""
    return json_object(body, secrets=secrets, secret_keys=_SECRET_KEYS)


def status_of(value: Any) -> types.ReceiptStatus | None:
    """WhatsApp's number or word for how far a message got; None for "pending" and for what nobody documented."""
    return _STATUSES.get(str(value).lower()) if isinstance(value, int | str) else None


class Parser:
    """One webhook body. `own` is our number in digits, `since` when the address was connected."""

    def __init__(self, body: Mapping[str, Any], *, own: str, since: datetime | None, ignored: Counter[str]) -> None:
        self.event = text_of(body.get("event")).strip().lower()
        self.timestamp = body.get("timestamp")
        self.data = body.get("data")
        self.own, self.since, self.ignored = own, since, ignored

    def events(self) -> list[types.Inbound | types.Unreadable]:
        found: list[types.Inbound | types.Unreadable] = []
        for entry, wrapped in self._entries():
            try:
                event = self._read(entry, self._envelope(wrapped))
            except Malformed as error:
                found.append(unreadable(self._envelope(wrapped), str(error)))
                continue
            if event is not None:
                found.append(event)
        return found

    def _envelope(self, data: Any) -> dict[str, Any]:
        """One event in the form in which it came, so that what we keep can be parsed again."""
        return {"event": self.event, "timestamp": self.timestamp, "data": data}

    def _entries(self) -> Iterator[tuple[Any, Any]]:
        """Each entry, and the same entry as `data` of an envelope of its own."""
        if self.event in _NOT_SERVED:
            self.ignored[_NOT_SERVED[self.event]] += 1
            return
        data = self.data
        inside = data.get("messages") if isinstance(data, dict) else None
        if self.event in _MESSAGES and inside is not None:
            kind = {"type": data["type"]} if isinstance(data, dict) and "type" in data else {}
            for item in inside if isinstance(inside, list) else [inside]:
                yield item, {"messages": item, **kind}
        elif self.event == "messages.delete" and isinstance(data, dict) and isinstance(data.get("keys"), list):
            for item in data["keys"]:
                yield {"key": item}, {"keys": [item]}
        else:
            for item in data if isinstance(data, list) else [data]:
                yield item, item

    def _read(self, entry: Any, raw: dict[str, Any]) -> types.Inbound | None:
        readers: dict[str, Reader] = {
            **dict.fromkeys(_MESSAGES, self._message),
            "messages.update": self._update,
            "message-receipt.update": self._receipt,
            "messages.delete": self._deleted,
            "messages.reaction": self._reaction,
            "session.status": self._state,
            "qrcode.updated": self._qr,
        }
        if self.event not in readers:
            self.ignored[self.event or "no event name"] += 1
            return None
        return readers[self.event](mapping(entry), raw)

    def _chat(self, key: dict[str, Any]) -> types.Contact | None:
        """The person of the chat; None (counted) for a group, a channel, a status."""
        contact = people.contact(key, own=self.own)
        if isinstance(contact, str):
            self.ignored[contact] += 1
            return None
        return contact

    def _time(self, *candidates: Any) -> datetime | None:
        for candidate in (*candidates, self.timestamp):
            if (moment := moment_of(candidate)) is not None:
                return moment
        return None

    def _message(self, entry: dict[str, Any], raw: dict[str, Any]) -> types.Inbound | None:
        key = mapping(entry.get("key"))
        contact = self._chat(key)
        if contact is None:
            return None
        message_id, from_us = _id(key), key.get("fromMe") is True
        found = content.read(entry, message_id=message_id)
        common: dict[str, Any] = {"chat_id": contact.id, "raw": raw}
        sent_at = self._time(entry.get("messageTimestamp"))
        if from_us and entry.get("success") is False:
            return types.ReceiptReceived(
                dedup_key=f"receipt:{message_id}:failed",
                message_id=message_id,
                status="failed",
                sent_at=sent_at,
                **common,
            )
        if isinstance(found, content.Reference):
            return _about(found, common=common | {"sent_at": sent_at}, from_us=from_us)
        if found is None:
            self.ignored["nothing to show"] += 1
            return None
        late = self.since is not None and sent_at is not None and sent_at < self.since - _JUST_BEFORE
        name = "" if from_us else text_of(entry.get("pushName"))  # on our own messages it is our own name
        return types.MessageReceived(
            dedup_key=f"message:{message_id}",
            sent_at=sent_at,
            message_id=message_id,
            sender=people.named(contact, name),
            text=found.text,
            attachments=found.attachments,
            specific_type=found.specific_type,
            from_us=from_us,
            history=late or (mapping(raw["data"]).get("type") == "append" and not from_us),
            reply_to=found.reply_to,
            **common,
        )

    def _update(self, entry: dict[str, Any], raw: dict[str, Any]) -> types.Inbound | None:
        key, update = mapping(entry.get("key")), mapping(entry.get("update"))
        contact = self._chat(key)
        if contact is None:
            return None
        message_id, from_us = _id(key), key.get("fromMe") is True
        common: dict[str, Any] = {
            "chat_id": contact.id,
            "raw": raw,
            "sent_at": self._time(update.get("messageTimestamp")),
        }
        if (edited := content.edited_text(update)) is not None:
            return _about(content.Reference("edit", message_id, edited), common=common, from_us=from_us)
        if str(update.get("messageStubType")) in ("1", "REVOKE"):
            return _about(content.Reference("delete", message_id), common=common, from_us=from_us)
        status = status_of(update.get("status", entry.get("status")))
        if status is None or not from_us:
            self.ignored["receipt without news"] += 1
            return None
        return types.ReceiptReceived(
            dedup_key=f"receipt:{message_id}:{status}",
            message_id=message_id,
            provider_ref=text_of(entry.get("msgId")),
            status=status,
            **common,
        )

    def _receipt(self, entry: dict[str, Any], raw: dict[str, Any]) -> types.Inbound | None:
        message = mapping(entry.get("message"), default=entry)
        key, receipt = mapping(message.get("key")), mapping(message.get("receipt"))
        contact = self._chat(key)
        if contact is None:
            return None
        if key.get("fromMe") is not True:
            self.ignored["receipt without news"] += 1
            return None
        status: types.ReceiptStatus = "read" if receipt.get("readTimestamp") else "delivered"
        message_id = _id(key)
        return types.ReceiptReceived(
            dedup_key=f"receipt:{message_id}:{status}",
            chat_id=contact.id,
            message_id=message_id,
            status=status,
            sent_at=self._time(receipt.get("readTimestamp"), receipt.get("receiptTimestamp")),
            raw=raw,
        )

    def _deleted(self, entry: dict[str, Any], raw: dict[str, Any]) -> types.Inbound | None:
        key = mapping(entry.get("key"))
        contact = self._chat(key)
        if contact is None:
            return None
        reference = content.Reference("delete", _id(key))
        common = {"chat_id": contact.id, "raw": raw, "sent_at": self._time()}
        return _about(reference, common=common, from_us=key.get("fromMe") is True)

    def _reaction(self, entry: dict[str, Any], raw: dict[str, Any]) -> types.Inbound | None:
        key, reaction = mapping(entry.get("key")), mapping(entry.get("reaction"))
        contact = self._chat(key)
        if contact is None:
            return None
        # `key` is the message reacted to; `reaction.key` the reaction's own, and the one that says who reacted
        own = mapping(reaction.get("key"), default={})
        reference = content.Reference("reaction", _id(key), text_of(reaction.get("text")), text_of(own.get("id")))
        common = {"chat_id": contact.id, "raw": raw, "sent_at": self._time(reaction.get("senderTimestampMs"))}
        return _about(reference, common=common, from_us=own.get("fromMe") is True)

    def _state(self, entry: dict[str, Any], raw: dict[str, Any]) -> types.Inbound:
        health = health_of(text_of(entry.get("status")), text_of(entry.get("reason")))
        return self._state_changed(health, raw)

    def _qr(self, entry: dict[str, Any], raw: dict[str, Any]) -> types.Inbound:
        return self._state_changed(health_of("need_scan"), raw)

    def _state_changed(self, health: types.Health, raw: dict[str, Any]) -> types.Inbound:
        state, detail = health.state, health.detail
        key = f"state:{state}:{detail[:80]}:{self.timestamp if moment_of(self.timestamp) else fingerprint(raw)}"
        return types.StateChanged(
            dedup_key=key, chat_id="", sent_at=self._time(), raw=raw, state=state, detail=detail[:200]
        )


def health_of(status: str, reason: str = "") -> types.Health:
    """What a session's status means, with WaSender's own reason if it has one."""
    status = status.lower()
    words = _WORDS.get(status, status)
    return types.Health(state=STATES.get(status, "disconnected"), detail=": ".join(filter(None, [words, reason])))


def _about(reference: content.Reference, *, common: dict[str, Any], from_us: bool) -> types.Inbound:
    """An event about an earlier message."""
    target, told = reference.message_id, reference.text
    if reference.kind == "delete":
        return types.MessageDeleted(dedup_key=f"delete:{target}", message_id=target, from_us=from_us, **common)
    if reference.kind == "edit":
        key = f"edit:{target}:{reference.own_id or fingerprint(told.encode())[:16]}"
        return types.MessageEdited(dedup_key=key, message_id=target, text=told, from_us=from_us, **common)
    moment = reference.own_id or (common["sent_at"].isoformat() if common["sent_at"] else "")
    key = f"reaction:{target}:{'us' if from_us else 'them'}:{told}:{moment}"
    return types.ReactionReceived(dedup_key=key, message_id=target, emoji=told, from_us=from_us, **common)


def _id(key: dict[str, Any]) -> str:
    found = text_of(key.get("id"))
    if not found:
        raise Malformed("an entry without the message's id")
    return found
