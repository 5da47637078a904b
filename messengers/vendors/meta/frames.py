"""One item of a webhook's body as events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from messengers import types
from messengers.reading import Malformed, fingerprint, mapping, moment_of, text_of
from messengers.vendors.meta import content

LONGEST_ID = 190
"""Of a message; ours are kept in columns of 200, and one message may become several rows."""

_LISTS = ("messaging", "standby", "changes")
# the emoji that goes with a name, where only the name is told
_EMOJI = {
    "love": "❤", "like": "👍", "dislike": "👎", "smile": "😆", "haha": "😆", "wow": "😮", "sad": "😢", "angry": "😠",
    "yes": "👍", "no": "👎",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """An item and where it stood: `name` is a list of the entry, or the field of a change."""

    object: Any
    entry: Mapping[str, Any]
    name: str
    item: Any

    @property
    def address(self) -> str:
        return text_of(self.entry.get("id"))

    def wrap(self, item: Any) -> dict[str, Any]:
        """The body in which this item alone would have come."""
        outer = {name: value for name, value in self.entry.items() if name not in _LISTS}
        if not self.name:
            return {"object": self.object, "entry": [item]}
        if self.name in _LISTS:
            inner = {self.name: item if item is self.item and self._is_bare else [item]}
        else:
            inner = {"changes": [{"field": self.name, "value": item}]}
        return {"object": self.object, "entry": [outer | inner]}

    @property
    def _is_bare(self) -> bool:
        """The list is none: what stands in its place is the item."""
        return self.name in _LISTS and self.entry.get(self.name) is self.item


class Reader:
    """`own_apps`: how Meta names us in echoes. `shared`: see `content.read`."""

    def __init__(self, *, shared: Mapping[str, str], own_apps: frozenset[str], ignored: Counter[str]) -> None:
        self._shared, self._own_apps, self._ignored = shared, own_apps, ignored

    def read(self, frame: Frame) -> list[types.Inbound]:
        """Raises Malformed for what cannot be understood."""
        item = mapping(frame.item)
        if not frame.address:
            raise Malformed("an entry without the page's or account's id")
        readers = {
            "message": self._message,
            "postback": self._postback,
            "delivery": self._delivered,
            "read": self._seen,
            "reaction": self._reaction,
            "message_edit": self._edited,
            "referral": self._referral,
            "policy_enforcement": self._policy,
        }
        name = next((name for name in readers if item.get(name) is not None), "")
        if not name:
            self._ignored[_strange(item)] += 1
            return []
        return readers[name](_Item(frame, item, mapping(item[name])))

    def _message(self, item: _Item) -> list[types.Inbound]:
        message, mid = item.part, _id(item.part)
        from_us = item.from_us or message.get("is_echo") is True
        chat_id = item.person(from_us)
        if message.get("is_self") is True or chat_id == item.frame.address:
            self._ignored["a note to oneself"] += 1
            return []
        if message.get("is_deleted") is True:
            kept = item.wrap("message", {"mid": mid, "is_deleted": True} | ({"is_echo": True} if from_us else {}))
            return [
                types.MessageDeleted(
                    dedup_key=f"delete:{mid}", message_id=mid, from_us=from_us, **item.common(chat_id, raw=kept)
                )
            ]
        found = content.read(message, shared=self._shared)
        app_id = text_of(message.get("app_id"))
        events: list[types.Inbound] = []
        if isinstance(message.get("referral"), dict):
            events += self._referral(item.about("referral", message["referral"]))
            message = {name: value for name, value in message.items() if name != "referral"}
        return [
            *events,
            types.MessageReceived(
                dedup_key=f"message:{mid}",
                message_id=mid,
                sender=types.Contact(id=chat_id),
                text=found.text,
                attachments=found.attachments,
                specific_type=found.specific_type,
                from_us=from_us,
                from_program=from_us and app_id in self._own_apps,
                client_ref=text_of(message.get("metadata"))[:80] if from_us else "",
                reply_to=found.reply_to if len(found.reply_to) <= LONGEST_ID else "",
                **item.common(chat_id, raw=item.wrap("message", message)),
            ),
        ]

    def _postback(self, item: _Item) -> list[types.Inbound]:
        """A button that the customer pressed speaks for them."""
        part = item.part
        chat_id = item.person(from_us=False)
        mid = text_of(part.get("mid")) or f"postback-{fingerprint([chat_id, item.moment, dict(part)])[:32]}"
        if len(mid) > LONGEST_ID:
            raise Malformed("an id that is too long to keep")
        text = text_of(part.get("title")) or text_of(part.get("payload"))
        events: list[types.Inbound] = []
        if isinstance(part.get("referral"), dict):
            events += self._referral(item.about("referral", part["referral"]))
            part = {name: value for name, value in part.items() if name != "referral"}
            # the id we made up must not depend on what was taken out
            part = part if part.get("mid") else part | {"mid": mid}
        return [
            *events,
            types.MessageReceived(
                dedup_key=f"message:{mid}",
                message_id=mid,
                sender=types.Contact(id=chat_id),
                text=text,
                specific_type="" if text else "postback",
                **item.common(chat_id, raw=item.wrap("postback", part)),
            ),
        ]

    def _referral(self, item: _Item) -> list[types.Inbound]:
        """How somebody came: by an advertisement, a link, a shop. Worth seeing, nothing to answer."""
        chat_id, part = item.person(from_us=False), item.part
        advertisement = mapping(part.get("ads_context_data"), default={})
        product = mapping(part.get("product"), default={})
        words = [text_of(value) for value in (advertisement.get("ad_title"), product.get("id"), part.get("ref"))]
        key = f"referral-{fingerprint([chat_id, item.moment, dict(part)])[:32]}"
        return [
            types.MessageReceived(
                dedup_key=f"message:{key}",
                message_id=key,
                sender=types.Contact(id=chat_id),
                text=next((word for word in words if word), "")[:500],
                specific_type="referral",
                silent=True,
                **item.common(chat_id, raw=item.wrap("referral", dict(part))),
            )
        ]

    def _delivered(self, item: _Item) -> list[types.Inbound]:
        chat_id, mids = item.person(from_us=False), item.part.get("mids")
        named = [text_of(mid) for mid in mids if text_of(mid)] if isinstance(mids, list) else []
        if not named:
            return self._up_to("delivered", item, chat_id)
        return [
            types.ReceiptReceived(
                dedup_key=f"receipt:{mid}:delivered"[:255],
                message_id=mid,
                status="delivered",
                **item.common(chat_id, raw=item.wrap("delivery", {**item.part, "mids": [mid]})),
            )
            for mid in named
        ]

    def _seen(self, item: _Item) -> list[types.Inbound]:
        """Instagram names the last message that was seen, Messenger the time until which all were."""
        chat_id, mid = item.person(from_us=False), text_of(item.part.get("mid"))
        if not mid:
            return self._up_to("read", item, chat_id)
        return [
            types.ReceiptReceived(
                dedup_key=f"receipt:{mid}:read"[:255],
                message_id=mid,
                status="read",
                earlier_too=True,
                **item.common(chat_id, raw=item.wrap("read", item.part)),
            )
        ]

    def _up_to(self, status: types.ReceiptStatus, item: _Item, chat_id: str) -> list[types.Inbound]:
        until = moment_of(item.part.get("watermark"))
        if until is None:
            raise Malformed("a receipt without message and without time")
        common = item.common(chat_id, raw=item.wrap("read" if status == "read" else "delivery", item.part))
        key = f"receipt:{chat_id}:{status}:{int(until.timestamp() * 1000)}"
        return [types.ReceiptReceived(dedup_key=key, status=status, earlier_too=True, **common | {"sent_at": until})]

    def _reaction(self, item: _Item) -> list[types.Inbound]:
        chat_id, mid = item.person(item.from_us), _id(item.part)
        name = text_of(item.part.get("reaction"))
        emoji = text_of(item.part.get("emoji")) or _EMOJI.get(name, name)
        if text_of(item.part.get("action")) == "unreact":
            emoji = ""
        side, at = "us" if item.from_us else "them", item.moment.isoformat() if item.moment else ""
        return [
            types.ReactionReceived(
                dedup_key=f"reaction:{mid}:{side}:{emoji[:8]}:{at}",
                message_id=mid,
                emoji=emoji[:16],
                from_us=item.from_us,
                **item.common(chat_id, raw=item.wrap("reaction", item.part)),
            )
        ]

    def _edited(self, item: _Item) -> list[types.Inbound]:
        chat_id, mid, text = item.person(item.from_us), _id(item.part), text_of(item.part.get("text"))
        which = text_of(item.part.get("num_edit"))[:8] or fingerprint(text.encode("utf-8", "replace"))[:16]
        return [
            types.MessageEdited(
                dedup_key=f"edit:{mid}:{which}",
                message_id=mid,
                text=text,
                from_us=item.from_us,
                **item.common(chat_id, raw=item.wrap("message_edit", item.part)),
            )
        ]

    def _policy(self, item: _Item) -> list[types.Inbound]:
        """Meta warns, or takes the page's right to write away and gives it back."""
        action, reason = text_of(item.part.get("action")), text_of(item.part.get("reason"))[:300]
        if action not in ("block", "unblock"):
            self._ignored[f"policy: {action[:20]}"] += 1
            return []
        at = item.moment.isoformat() if item.moment else fingerprint(dict(item.part))[:16]
        return [
            types.StateChanged(
                dedup_key=f"policy:{action}:{at}",
                state="restricted" if action == "block" else "connected",
                detail=reason if action == "block" else "",
                **item.common("", raw=item.wrap("policy_enforcement", item.part)),
            )
        ]


class _Item:
    """One item with the part of it that is read."""

    def __init__(self, frame: Frame, item: Mapping[str, Any], part: Mapping[str, Any]) -> None:
        self.frame, self._item, self.part = frame, item, part
        self.moment: datetime | None = moment_of(item.get("timestamp")) or moment_of(frame.entry.get("time"))

    @property
    def from_us(self) -> bool:
        return self._party("sender") == self.frame.address

    def _party(self, name: str) -> str:
        return text_of(mapping(self._item.get(name), default={}).get("id"))

    def person(self, from_us: bool) -> str:
        """The customer's id at this page or account."""
        found = self._party("recipient" if from_us else "sender")
        if not found or len(found) > LONGEST_ID:
            raise Malformed("an event without a person")
        return found

    def about(self, name: str, part: Mapping[str, Any]) -> _Item:
        """The same item, speaking of another part of it."""
        kept = {name: self._item[name] for name in ("sender", "recipient", "timestamp") if name in self._item}
        return _Item(self.frame, kept, part)

    def wrap(self, name: str, part: Mapping[str, Any]) -> dict[str, Any]:
        kept = {key: self._item[key] for key in ("sender", "recipient", "timestamp") if key in self._item}
        return self.frame.wrap(kept | {name: dict(part)})

    def common(self, chat_id: str, *, raw: dict[str, Any]) -> dict[str, Any]:
        return {"chat_id": chat_id, "address_ref": self.frame.address, "sent_at": self.moment, "raw": raw}


def _id(part: Mapping[str, Any]) -> str:
    found = text_of(part.get("mid"))
    if not found:
        raise Malformed("an event without the message's id")
    if len(found) > LONGEST_ID:
        raise Malformed("an id that is too long to keep")
    return found


def _strange(item: Mapping[str, Any]) -> str:
    """What an item that we do not serve is about: its first key that is not about whom and when."""
    return next((text_of(key)[:40] for key in item if key not in ("sender", "recipient", "timestamp")), "no event")
