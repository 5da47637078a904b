"""What a company's server posts, and what it means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from messengers import types
from messengers.adapters.custom import client
from messengers.samples import Sample, Scene

SECRET, OLD_SECRET = "secret-of-the-samples", "older-secret-of-the-samples"
SECONDS = 1790000000
AT = datetime.fromtimestamp(SECONDS, UTC)
METADATA = {"order": 17, "page": "/cart"}

SCENE = Scene(
    external_id="cm_abcdefghijkmnpqrstuvwxyz23",
    credentials={"secrets": [SECRET, OLD_SECRET]},
    config={"endpoint": "https://crm.example.com/happ"},
)


def sign(body: bytes, secret: str) -> dict[str, str]:
    """The headers that vouch for a body."""
    return {"X-HAPP-Signature": client.signature(body, secret)}


def _body(**fields: Any) -> dict[str, Any]:
    return {"sender_id": "user_42", "text": "Hello!", "message_id": "m1"} | fields


def _received(message_id: str = "m1", **more: Any) -> types.MessageReceived:
    told: dict[str, Any] = {
        "dedup_key": f"message:user_42:{message_id}", "chat_id": "user_42", "message_id": f"user_42/{message_id}",
        "sender": types.Contact(id="user_42"), "text": "Hello!",
    }  # fmt: skip
    return types.MessageReceived(**told | more)


def _wrong(reason: str) -> tuple[types.Unreadable, ...]:
    return (types.Unreadable(raw=None, reason=reason, digest=""),)


_PHOTO, _NOTE = "https://shop.example.com/f/photo.jpg", "https://shop.example.com/f/1"

SAMPLES = (
    Sample(
        name="the two fields that have to be there",
        body={"sender_id": "user_42", "text": "Hello!"},
        events=(_received("e406aa3bb5a1b1db934a9a6ede81db9c"),),
    ),
    Sample(name="with an id", body=_body(), events=(_received(),)),
    Sample(
        name="with metadata",
        body=_body(message_id="m2", metadata=METADATA),
        events=(_received("m2", metadata=METADATA),),
    ),
    Sample(
        name="everything there is",
        body=_body(
            message_id=3,
            sender_name="Olha",
            sender_phone="+380 67 111-22-33",
            sent_at="2026-09-21T14:13:20Z",
            attachments=[_PHOTO, {"url": _NOTE, "type": "voice", "name": "note.ogg", "mime": "audio/ogg"}],
        ),
        events=(
            _received(
                "3",
                sent_at=AT,
                sender=types.Contact(id="user_42", name="Olha", phone="+380671112233"),
                attachments=(
                    types.Attachment(kind="image", media_ref={"url": _PHOTO}, name="photo.jpg"),
                    types.Attachment(kind="voice", media_ref={"url": _NOTE}, name="note.ogg", mime="audio/ogg"),
                ),
            ),
        ),
    ),
    Sample(
        name="a number for a person, a file without words",
        body={"sender_id": 7, "message_id": "m4", "attachments": [{"url": _PHOTO, "type": "file"}]},
        events=(
            types.MessageReceived(
                dedup_key="message:7:m4",
                chat_id="7",
                message_id="7/m4",
                sender=types.Contact(id="7"),
                attachments=(types.Attachment(kind="document", media_ref={"url": _PHOTO}, name="photo.jpg"),),
            ),
        ),
    ),
    Sample(
        name="a video that its name tells",
        body=_body(message_id="m5", text=None, attachments=["https://shop.example.com/f/v.mp4?key=1"]),
        events=(
            _received(
                "m5",
                text="",
                attachments=(
                    types.Attachment(
                        kind="video", media_ref={"url": "https://shop.example.com/f/v.mp4?key=1"}, name="v.mp4"
                    ),
                ),
            ),
        ),
    ),
    Sample(
        name="nobody writes",
        body={"text": "Hello!"},
        events=_wrong("sender_id: who writes is missing"),
    ),
    Sample(
        name="nothing is written",
        body={"sender_id": "user_42", "text": "  "},
        events=_wrong("text: there is nothing in the message"),
    ),
    Sample(
        name="metadata that is none",
        body=_body(metadata="x"),
        events=_wrong("metadata: an object was expected"),
    ),
    Sample(
        name="a file from nowhere",
        body=_body(attachments=[{"name": "a.jpg"}]),
        events=_wrong("attachments: each needs a url that begins with https://"),
    ),
)
