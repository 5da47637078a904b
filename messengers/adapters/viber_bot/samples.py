"""Callbacks as Viber documents and sends them, and what each means."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

from messengers import types
from messengers.samples import Sample, Scene

BOT_KEY = "445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9"
PERSON = "01234567890A="
MILLISECONDS = 1790000000123
AT = datetime.fromtimestamp(MILLISECONDS / 1000, UTC)
PORTRAIT = "https://avatar.example.com/1"
OLHA = types.Contact(id=PERSON, name="Olha", avatar_ref={"url": PORTRAIT})
TOKEN_NUMBER = 5912345678901234567

SCENE = Scene(
    account={"token": BOT_KEY},
    external_id="pa:75346594275468546724",
    credentials={"webhook_url": "https://happ.example.com/webhooks/viber_bot/token-of-the-samples/"},
    config={"name": "Пекарня"},
)


def sign(body: bytes, secret: str) -> dict[str, str]:
    """The headers that vouch for a body."""
    return {"X-Viber-Content-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def _callback(event: str, number: int = 0, **more: Any) -> dict[str, Any]:
    return {"event": event, "timestamp": MILLISECONDS, "message_token": TOKEN_NUMBER + number, **more}


def _message(number: int, **message: Any) -> dict[str, Any]:
    sender = {"id": PERSON, "name": "Olha", "avatar": PORTRAIT, "country": "UA", "language": "uk"}
    return _callback("message", number, sender=sender, message=message, silent=False)


def _received(number: int, text: str = "", **more: Any) -> types.MessageReceived:
    token = str(TOKEN_NUMBER + number)
    told: dict[str, Any] = {
        "dedup_key": f"message:{token}", "chat_id": PERSON, "sent_at": AT, "message_id": token, "sender": OLHA,
        "text": text,
    }  # fmt: skip
    return types.MessageReceived(**told | more)


def _receipt(number: int, status: types.ReceiptStatus, error: str = "") -> types.ReceiptReceived:
    token = str(TOKEN_NUMBER + number)
    return types.ReceiptReceived(
        dedup_key=f"receipt:{token}:{status}",
        chat_id=PERSON,
        sent_at=AT,
        message_id=token,
        status=status,
        error=error,
    )


def _file(kind: types.AttachmentKind, url: str, **more: Any) -> tuple[types.Attachment, ...]:
    return (types.Attachment(kind=kind, media_ref={"url": url}, **more),)


_PICTURE = "https://dl-media.viber.com/1/share/2/long/vibes/1.jpg?Expires=1790000000"
_STICKER = "http://content.cdn.viber.com/stickers/100/153500/00153500.png"
_PDF = "https://dl-media.viber.com/1/price.pdf"
_NOTE = "https://dl-media.viber.com/1/note.m4a"

_MESSAGES = (
    Sample(name="a text", body=_message(1, type="text", text="Добрий день"), events=(_received(1, "Добрий день"),)),
    Sample(
        name="a picture with words",
        body=_message(2, type="picture", text="така є?", media=_PICTURE, thumbnail=_PICTURE, file_name="1.jpg"),
        events=(_received(2, "така є?", attachments=_file("image", _PICTURE, name="1.jpg")),),
    ),
    Sample(
        name="a file",
        body=_message(3, type="file", media=_PDF, file_name="price.pdf", size=2048),
        events=(_received(3, attachments=_file("document", _PDF, name="price.pdf", size=2048)),),
    ),
    Sample(
        name="a recording, for which there is no type of its own",
        body=_message(16, type="file", media=_NOTE, file_name="note.m4a", size=9),
        events=(_received(16, attachments=_file("audio", _NOTE, name="note.m4a", size=9)),),
    ),
    Sample(
        name="a video",
        body=_message(4, type="video", media="https://dl-media.viber.com/1/v.mp4", duration=7, size=9),
        events=(_received(4, attachments=_file("video", "https://dl-media.viber.com/1/v.mp4", size=9, duration=7.0)),),
    ),
    Sample(
        name="a sticker with its picture",
        body=_message(5, type="sticker", sticker_id=153500, media=_STICKER),
        events=(_received(5, specific_type="sticker", attachments=_file("sticker", _STICKER)),),
    ),
    Sample(
        name="a sticker by its number alone",
        body=_message(6, type="sticker", sticker_id=153500),
        events=(_received(6, specific_type="sticker"),),
    ),
    Sample(
        name="a place",
        body=_message(7, type="location", location={"lat": 50.45, "lon": 30.52}),
        events=(_received(7, "50.45, 30.52", specific_type="viber_location"),),
    ),
    Sample(
        name="a contact",
        body=_message(8, type="contact", contact={"name": "Ірина", "phone_number": "+380501112233"}),
        events=(_received(8, "Ірина, +380501112233", specific_type="viber_contact"),),
    ),
    Sample(
        name="an address",
        body=_message(9, type="url", media="https://example.com/a"),
        events=(_received(9, "https://example.com/a"),),
    ),
    Sample(
        name="a kind that nobody foresaw",
        body=_message(10, type="hologram"),
        events=(_received(10, specific_type="viber_unsupported"),),
    ),
    Sample(
        name="a message from nobody",
        body=_message(11, type="text", text="?") | {"sender": {}},
        events=(types.Unreadable(raw=None, reason="a message without its sender", digest=""),),
    ),
)

_REPORTS = (
    Sample(name="delivered", body=_callback("delivered", 20, user_id=PERSON), events=(_receipt(20, "delivered"),)),
    Sample(name="seen", body=_callback("seen", 20, user_id=PERSON), events=(_receipt(20, "read"),)),
    Sample(
        name="failed",
        body=_callback("failed", 21, user_id=PERSON, desc="failure description"),
        events=(_receipt(21, "failed", "failure description"),),
    ),
)

_NOT_FOR_US = (
    Sample(name="the address is tried", body=_callback("webhook", 30), ignored=("webhook",)),
    Sample(
        name="somebody looks at the bot",
        body=_callback("conversation_started", 31, type="open", user={"id": PERSON, "name": "Olha"}, subscribed=False),
        ignored=("conversation_started",),
    ),
    Sample(name="somebody subscribed", body=_callback("subscribed", 32, user={"id": PERSON}), ignored=("subscribed",)),
    Sample(name="somebody left", body=_callback("unsubscribed", 33, user_id=PERSON), ignored=("unsubscribed",)),
    Sample(name="an event of tomorrow", body=_callback("danced", 34), ignored=("danced",)),
)

SAMPLES = (*_MESSAGES, *_REPORTS, *_NOT_FOR_US)
