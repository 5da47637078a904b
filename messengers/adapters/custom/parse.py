"""What a company's server posts to us, as events; what is wrong with it is said by the field's name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from messengers import types
from messengers.reading import Malformed, fingerprint, kind_of_name, moment_of, text_of, unreadable

LONGEST_TEXT = 32_000
_LONGEST_ID = 90
_MOST_FILES = 10
_MOST_METADATA = 8 * 1024
_KINDS: dict[str, types.AttachmentKind] = {
    "image": "image", "audio": "audio", "voice": "voice", "video": "video", "document": "document", "file": "document",
    "sticker": "sticker",
}  # fmt: skip


def events(body: Mapping[str, Any], *, request_id: str) -> list[types.Inbound | types.Unreadable]:
    """One message; `request_id` names it where the body does not (two equal texts are two messages)."""
    try:
        return [_message(body, request_id)]
    except Malformed as error:
        return [unreadable(dict(body), str(error))]


def _message(body: Mapping[str, Any], request_id: str) -> types.MessageReceived:
    sender = _id(body, "sender_id")
    if not sender:
        raise Malformed("sender_id: who writes is missing")
    text = body.get("text")
    if text is not None and not isinstance(text, str | int | float):
        raise Malformed("text: a string was expected")
    files, written = _files(body.get("attachments")), text_of(text)
    if not written.strip() and not files:
        raise Malformed("text: there is nothing in the message")
    if len(written) > LONGEST_TEXT:
        raise Malformed(f"text: at most {LONGEST_TEXT} characters")
    message_id = _id(body, "message_id") or request_id[:_LONGEST_ID] or fingerprint(dict(body))[:32]
    phone = re.sub(r"[^\d+]", "", text_of(body.get("sender_phone")))[:20]
    return types.MessageReceived(
        dedup_key=f"message:{sender}:{message_id}",
        chat_id=sender,
        sent_at=_time(body.get("sent_at")),
        raw={**body, "message_id": message_id},
        message_id=f"{sender}/{message_id}",
        sender=types.Contact(id=sender, name=text_of(body.get("sender_name")).strip()[:200], phone=phone),
        text=written,
        attachments=files,
        specific_type="sticker" if any(file.kind == "sticker" for file in files) else "",
        metadata=_metadata(body.get("metadata")),
    )


def _id(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if value is None:
        return ""
    found = text_of(value).strip()
    if not found or len(found) > _LONGEST_ID:
        raise Malformed(f"{name}: a string of 1 to {_LONGEST_ID} characters was expected")
    return found


def _metadata(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Malformed("metadata: an object was expected")
    if len(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)) > _MOST_METADATA:
        raise Malformed(f"metadata: at most {_MOST_METADATA // 1024} KB")
    return value


def _files(value: Any) -> tuple[types.Attachment, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > _MOST_FILES:
        raise Malformed(f"attachments: a list of at most {_MOST_FILES} was expected")
    return tuple(_file(each) for each in value)


def _file(value: Any) -> types.Attachment:
    told = value if isinstance(value, dict) else {"url": value}
    url = text_of(told.get("url")).strip()
    if not re.fullmatch(r"https?://\S{1,2000}", url):
        raise Malformed("attachments: each needs a url that begins with https://")
    name = (text_of(told.get("name")) or _last_part(url))[:200]
    word = text_of(told.get("type")).strip().lower()
    if word and word not in _KINDS:
        raise Malformed(f"attachments: type is one of {', '.join(sorted(set(_KINDS)))}")
    kind = _KINDS.get(word) or kind_of_name(name)
    return types.Attachment(kind=kind, media_ref={"url": url}, mime=text_of(told.get("mime"))[:100], name=name)


def _last_part(url: str) -> str:
    try:
        return urlsplit(url).path.rpartition("/")[2]
    except ValueError:
        return ""


def _time(value: Any) -> datetime | None:
    """Seconds, milliseconds or ISO 8601; None where it says nothing that can be read."""
    if (moment := moment_of(value)) is not None:
        return moment
    try:
        moment = datetime.fromisoformat(text_of(value))
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if 2000 < moment.year < 2200 else None
