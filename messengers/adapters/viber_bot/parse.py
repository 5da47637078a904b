"""The callbacks of Viber's bot API as events. Source: https://creators.viber.com/docs/bots-api/."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from happ_project.core.text import gettext_noop as _
from messengers import types
from messengers.reading import (
    Malformed,
    duration_of,
    kind_of_name,
    link_of,
    mapping,
    moment_of,
    number_of,
    size_of,
    text_of,
    unreadable,
)

EVENTS = ["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"]
_FILES: dict[str, types.AttachmentKind] = {
    "picture": "image",
    "video": "video",
    "file": "document",
    "audio": "voice",
    "sticker": "sticker",
}
_UNKNOWN = "viber_unsupported"


class Parser:
    """One callback."""

    def __init__(self, body: dict[str, Any], *, ignored: Counter[str]) -> None:
        self.body, self.ignored = body, ignored

    def events(self) -> list[types.Inbound | types.Unreadable]:
        try:
            found = self._read()
        except Malformed as error:
            return [unreadable(self.body, str(error))]
        return [found] if found is not None else []

    def _read(self) -> types.Inbound | None:
        event = text_of(self.body.get("event")).strip().lower()
        readers: dict[str, Callable[[], types.Inbound]] = {
            "message": self._message,
            "delivered": lambda: self._receipt("delivered"),
            "seen": lambda: self._receipt("read"),
            "failed": lambda: self._receipt("failed"),
        }
        if event not in readers:
            self.ignored[event[:60] or "no event name"] += 1
            return None
        return readers[event]()

    def _message(self) -> types.Inbound:
        sender, message = mapping(self.body.get("sender")), mapping(self.body.get("message"))
        person = text_of(sender.get("id"))[:100]
        if not person:
            raise Malformed("a message without its sender")
        token = self._token()
        text, specific, attachment = _content(message)
        return types.MessageReceived(
            dedup_key=f"message:{token}",
            chat_id=person,
            sent_at=moment_of(self.body.get("timestamp")),
            raw=self.body,
            message_id=token,
            sender=types.Contact(
                id=person, name=text_of(sender.get("name")).strip()[:200], avatar_ref=link_of(sender.get("avatar"))
            ),
            text=text,
            attachments=(attachment,) if attachment else (),
            specific_type=specific,
        )

    def _receipt(self, status: types.ReceiptStatus) -> types.Inbound:
        token = self._token()
        reason = text_of(self.body.get("desc"))[:300] or _("Viber could not deliver it.")
        return types.ReceiptReceived(
            dedup_key=f"receipt:{token}:{status}",
            chat_id=text_of(self.body.get("user_id"))[:100],
            sent_at=moment_of(self.body.get("timestamp")),
            raw=self.body,
            status=status,
            message_id=token,
            error=reason if status == "failed" else "",
        )

    def _token(self) -> str:
        """A 64-bit number, kept as text: JavaScript and floats would round it."""
        token = text_of(self.body.get("message_token"))
        if not token or len(token) > 40:
            raise Malformed("a callback without the message's token")
        return token


def _content(message: dict[str, Any]) -> tuple[str, str, types.Attachment | None]:
    """Text, `specificType`, file."""
    word, text = text_of(message.get("type")).strip().lower(), text_of(message.get("text"))
    if word in ("text", "url"):
        link = text_of(message.get("media"))
        return text or link, "" if text or link else _UNKNOWN, None
    if word == "location":
        return text or _place(mapping(message.get("location"), default={})), "viber_location", None
    if word == "contact":
        contact = mapping(message.get("contact"), default={})
        told = (text_of(contact.get("name")), text_of(contact.get("phone_number")))
        return ", ".join(part for part in told if part) or text, "viber_contact", None
    kind = _FILES.get(word)
    url = text_of(message.get("media")).strip()
    has_file = kind is not None and url.startswith(("http://", "https://"))
    if kind is None or not has_file:
        return text, "sticker" if word == "sticker" else _UNKNOWN, None
    name = text_of(message.get("file_name"))[:200]
    attachment = types.Attachment(
        kind=kind_of_name(name) if kind == "document" else kind,  # there is no type for sound
        media_ref={"url": url},
        name=name,
        size=size_of(message.get("size")),
        duration=duration_of(message.get("duration")),
    )
    return text, "sticker" if kind == "sticker" else "", attachment


def _place(place: dict[str, Any]) -> str:
    latitude, longitude = number_of(place.get("lat")), number_of(place.get("lon"))
    return f"{latitude}, {longitude}" if latitude is not None and longitude is not None else ""
