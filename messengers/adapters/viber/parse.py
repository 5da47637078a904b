"""E-Chat's callbacks as events.

The shapes are those that public clients know; each part may be missing, and what is missing has a harmless stand-in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from happ_project.core.text import gettext_noop as _
from messengers import types
from messengers.reading import (
    Malformed,
    fingerprint,
    kind_of_name,
    link_of,
    mapping,
    moment_of,
    text_of,
    unreadable,
)

_OUR_REF = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.\d+)?")
_STATUSES: dict[str, types.ReceiptStatus] = {
    "1": "delivered",
    "5": "sent",  # "still pending": E-Chat has it
    **dict.fromkeys(("2", "3", "4", "6", "7"), "failed"),
}
_REASONS = {"2": _("This number has no Viber.")}
_KINDS: dict[str, types.AttachmentKind] = {
    **dict.fromkeys(("image", "picture", "photo", "img", "gif"), "image"),
    **dict.fromkeys(("video", "video_note"), "video"),
    **dict.fromkeys(("voice", "ptt", "voice_message"), "voice"),
    "audio": "audio",
    "sticker": "sticker",
    **dict.fromkeys(("file", "document", "media"), "document"),
}
_BY_NAME = ("file", "document", "media")  # words that say no more than that there is a file
_SPECIFIC = {"location": "viber_location", "contact": "viber_contact", "sticker": "sticker"}
_UNKNOWN = "viber_unsupported"
_TIME_FORMATS = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y")


def digits(number: str) -> str:
    """A phone number as E-Chat writes it; '' if it is none."""
    found = re.sub(r"\D", "", number)
    return found if 5 <= len(found) <= 20 else ""


class Parser:
    """One callback. `own` is the connected number, `request_id` ours: for messages that nothing else tells apart."""

    def __init__(self, body: Mapping[str, Any], *, own: str, request_id: str, ignored: Counter[str]) -> None:
        self.body, self.own, self.request_id, self.ignored = body, own, request_id, ignored

    def events(self) -> list[types.Inbound | types.Unreadable]:
        found: list[types.Inbound | types.Unreadable] = []
        for entry in self._entries():
            try:
                event = self._read(entry)
            except Malformed as error:
                found.append(unreadable(entry, str(error)))
                continue
            if event is not None:
                found.append(event)
        return found

    def _entries(self) -> Iterator[dict[str, Any]]:
        """Each as a body of its own; the first version of the API put several under `MESSAGES`."""
        inside = self.body.get("MESSAGES")
        if not isinstance(inside, list | dict) or "message" in self.body:
            yield dict(self.body)
            return
        envelope = {name: value for name, value in self.body.items() if name != "MESSAGES"}
        for item in inside if isinstance(inside, list) else [inside]:
            yield {**envelope, "message": item}

    def _read(self, entry: dict[str, Any]) -> types.Inbound | None:
        event, messenger = _word(entry.get("event")), _word(entry.get("messenger"))
        number = digits(text_of(entry.get("number")))
        if messenger not in ("", "viber"):
            self.ignored["another messenger"] += 1
            return None
        if number and number != self.own:
            self.ignored["another number"] += 1
            return None
        if event.endswith("_status") or (not event and "status" in entry and "message" not in entry):
            return _status(entry)
        direction = {"incoming_message": "incoming", "outgoing_message": "outgoing"}.get(event)
        direction = direction or ("" if event else _word(entry.get("direction")))
        if direction not in ("incoming", "outgoing"):
            self.ignored[event or "no event name"] += 1
            return None
        return self._message(entry, from_us=direction == "outgoing")

    def _message(self, entry: dict[str, Any], *, from_us: bool) -> types.Inbound | None:
        contact, message = mapping(entry.get("contact"), default={}), mapping(entry.get("message"))
        phone = digits(text_of(contact.get("number")) or text_of(contact.get("phone")))
        if not phone:
            raise Malformed("a message without the customer's number")
        files, text = _files(message)
        word = _word(message.get("type"))
        specific = _SPECIFIC.get(word, "" if word in ("", "text", *_KINDS) else _UNKNOWN)
        if not text and not files and not specific:
            if word in ("", "text"):
                self.ignored["nothing to show"] += 1
                return None
            specific = _UNKNOWN  # a file is announced, and there is none
        sent_at = _time(message) or _time(entry)
        message_id = text_of(message.get("message_id")) or text_of(message.get("id"))
        message_id = message_id or self._stand_in(entry, dated=sent_at is not None)
        ours = from_us and bool(_OUR_REF.fullmatch(message_id))
        return types.MessageReceived(
            dedup_key=f"message:{message_id}",
            chat_id=phone,
            sent_at=sent_at,
            raw={**entry, "message": {**message, "message_id": message_id}},
            message_id=message_id,
            sender=types.Contact(
                id=phone,
                phone=f"+{phone}",
                name=text_of(contact.get("name")).strip()[:200],
                avatar_ref=link_of(contact.get("photo")),
            ),
            text=text,
            attachments=files,
            specific_type=specific,
            from_us=from_us,
            from_program=ours,
            client_ref=message_id if ours else "",
        )

    def _stand_in(self, entry: dict[str, Any], *, dated: bool) -> str:
        """An id for a message that has none: with a time the same body is a repeat; without, rather twice than lost."""
        return fingerprint(entry)[:32] if dated or not self.request_id else self.request_id


def _status(entry: dict[str, Any]) -> types.Inbound:
    inside = mapping(entry.get("message"), default={})
    message_id = text_of(entry.get("message_id")) or text_of(inside.get("message_id")) or text_of(inside.get("id"))
    if not message_id:
        raise Malformed("a status without the message's id")
    code = _word(entry.get("status"))[:40]
    # What nobody documented: at least E-Chat knows the message, so it has it; the code stays in `raw` and `error`.
    status = _STATUSES.get(code, "sent")
    told = text_of(entry.get("description")).strip()[:300]
    reason = told or _REASONS.get(code, "")
    error = ""
    if status == "failed":
        error = reason or f"{_('E-Chat could not deliver it, status')}: {code}"
    elif code not in _STATUSES:
        error = f"{_('E-Chat reports a status that we do not know')}: {code} {reason}".strip()
    ours = bool(_OUR_REF.fullmatch(message_id))
    return types.ReceiptReceived(
        dedup_key=f"status:{message_id}:{code}",
        chat_id=digits(text_of(mapping(entry.get("contact"), default={}).get("number"))),
        sent_at=_time(entry),
        raw=entry,
        status=status,
        message_id="" if ours else message_id,
        client_ref=message_id if ours else "",
        error=error,
    )


def _files(message: dict[str, Any]) -> tuple[tuple[types.Attachment, ...], str]:
    """The files of a message and its text; of the older form too, where the file's address is the text."""
    text, word = text_of(message.get("text")), _word(message.get("type"))
    told = message.get("file")
    described: dict[str, Any] = told if isinstance(told, dict) else {}
    url = _address(described.get("url")) or _address(described.get("link")) or _address(told)
    if not url and word in _KINDS and _address(text):
        url, text = text.strip(), ""
    if not url:
        return (), text
    name = text_of(described.get("name")) or text_of(message.get("file_name")) or _name(url)
    attachment = types.Attachment(kind=_kind(word, name), media_ref={"url": url}, name=name[:200])
    return (attachment,), "" if text.strip() == url else text


def _kind(word: str, name: str) -> types.AttachmentKind:
    if word in _KINDS and word not in _BY_NAME:
        return _KINDS[word]
    return kind_of_name(name)


def _address(value: Any) -> str:
    found = text_of(value).strip()
    return found if re.fullmatch(r"https?://\S+", found) else ""


def _name(url: str) -> str:
    try:
        return urlsplit(url).path.rpartition("/")[2]
    except ValueError:
        return ""


def _word(value: Any) -> str:
    return text_of(value).strip().lower()


def _time(part: dict[str, Any]) -> datetime | None:
    for name in ("timestamp", "datetime", "date", "time"):
        told = part.get(name)
        if (moment := moment_of(told)) is not None:
            return moment
        if (moment := written_time(text_of(told))) is not None:
            return moment
    return None


def written_time(text: str) -> datetime | None:
    """A date in words; without a zone it is taken for UTC, and never lies in the future where it matters."""
    moment = None
    for read in (datetime.fromisoformat, *(_with(form) for form in _TIME_FORMATS)):
        try:
            moment = read(text.strip())
            break
        except ValueError:
            continue
    if moment is None or not 2000 < moment.year < 2200:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _with(form: str) -> Any:
    return lambda text: datetime.strptime(text, form)
