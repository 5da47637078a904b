"""Bodies as WaSender documents them, its contradictions included, and what each means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from messengers import types
from messengers.samples import Sample, Scene

API_KEY = "5e55" * 16
SECRET = "5ec4" * 8
OLD_SECRET = "01d5" * 8

SCENE = Scene(
    account={"token": "7|personal-access-token-of-the-samples"},
    external_id="380500000001",
    credentials={"session_id": "1", "api_key": API_KEY, "webhook_secrets": [SECRET, OLD_SECRET]},
    config={"account_protection": True, "connected_at": "2026-09-20T00:00:00+00:00"},
)

PHONE, PN, LID = "380671112233", "380671112233@s.whatsapp.net", "123456789012345@lid"
SECONDS = 1790000000
AT = datetime.fromtimestamp(SECONDS, UTC)
OLHA = types.Contact(id=PHONE, phone=f"+{PHONE}", name="Olha")
NAMELESS = types.Contact(id=PHONE, phone=f"+{PHONE}")
MEDIA = {
    "url": "https://mmg.whatsapp.net/v/t62/1.enc",
    "mediaKey": "bWVkaWEga2V5IG9mIHRoZSBzYW1wbGVzLCAzMiBieXQ=",
    "fileLength": "2048",
}


def sign(body: bytes, secret: str) -> dict[str, str]:
    """The headers that vouch for a body."""
    return {"X-Webhook-Signature": secret}


def _envelope(event: str, data: Any, timestamp: int = SECONDS) -> dict[str, Any]:
    return {"event": event, "timestamp": timestamp, "sessionId": API_KEY, "data": data}


def _key(message_id: str, **more: Any) -> dict[str, Any]:
    plain = {"id": message_id, "fromMe": False, "remoteJid": PN, "addressingMode": "pn", "cleanedSenderPn": PHONE}
    return plain | more


def _entry(message_id: str, message: dict[str, Any], *, body: str = "", **key: Any) -> dict[str, Any]:
    return {
        "key": _key(message_id, **key),
        "pushName": "Olha",
        "messageTimestamp": SECONDS,
        "messageBody": body,
        "message": message,
    }


def _received(message_id: str, text: str = "", **more: Any) -> types.MessageReceived:
    told: dict[str, Any] = {
        "dedup_key": f"message:{message_id}", "chat_id": PHONE, "sent_at": AT, "message_id": message_id,
        "sender": OLHA, "text": text,
    }  # fmt: skip
    return types.MessageReceived(**told | more)


def _file(message_id: str, kind: types.AttachmentKind, field: str, **more: Any) -> types.Attachment:
    described = MEDIA | more.pop("described", {})
    ref = {"key": {"id": message_id}, "message": {field: described}}
    return types.Attachment(kind=kind, media_ref=ref, size=2048, **more)


def _receipt(message_id: str, status: types.ReceiptStatus, **more: Any) -> types.ReceiptReceived:
    told: dict[str, Any] = {
        "dedup_key": f"receipt:{message_id}:{status}",
        "chat_id": PHONE,
        "sent_at": AT,
        "message_id": message_id,
    }
    return types.ReceiptReceived(**told | {"status": status} | more)


_TEXT: dict[str, Any] = {"conversation": "Добрий день"}
_OURS: dict[str, Any] = {"fromMe": True, "cleanedSenderPn": "380500000001", "senderPn": "380500000001@s.whatsapp.net"}
_LID_KEY: dict[str, Any] = {"remoteJid": LID, "addressingMode": "lid", "senderLid": LID}

_MESSAGES = (
    Sample(
        name="a text, as one object",
        body=_envelope("messages.received", {"messages": _entry("A1", _TEXT, body="Добрий день")}),
        events=(_received("A1", "Добрий день"),),
    ),
    Sample(
        name="the same text again under another event, as an array, time in milliseconds",
        body=_envelope("messages.upsert", {"messages": [_entry("A1", _TEXT)]}, SECONDS * 1000),
        events=(_received("A1", "Добрий день"),),
    ),
    Sample(
        name="the same text a third time",
        body=_envelope("messages-personal.received", {"messages": _entry("A1", _TEXT)}),
        events=(_received("A1", "Добрий день"),),
    ),
    Sample(
        name="a flat one under the misspelt name, with digits for a time",
        body=_envelope("messages.recieved", _entry("A2", _TEXT) | {"messageTimestamp": str(SECONDS)}),
        events=(_received("A2", "Добрий день"),),
    ),
    Sample(
        name="two at once, one of them broken",
        body=_envelope("messages.upsert", {"messages": [{"key": {"remoteJid": PN}}, _entry("A3", _TEXT)]}),
        events=(
            types.Unreadable(raw=None, reason="an entry without the message's id", digest=""),
            _received("A3", "Добрий день"),
        ),
    ),
    Sample(
        name="a lid with the phone number beside it",
        body=_envelope("messages.upsert", {"messages": [_entry("A4", _TEXT, **_LID_KEY)]}),
        events=(
            _received(
                "A4", "Добрий день", sender=types.Contact(id=PHONE, phone=f"+{PHONE}", name="Olha", aliases=(LID,))
            ),
        ),
    ),
    Sample(
        name="a lid with the other spelling of the phone number",
        body=_envelope(
            "messages.upsert",
            {"messages": [_entry("A5", _TEXT, **_LID_KEY | {"cleanedSenderPn": None, "cleanSenderPn": PHONE})]},
        ),
        events=(
            _received(
                "A5", "Добрий день", sender=types.Contact(id=PHONE, phone=f"+{PHONE}", name="Olha", aliases=(LID,))
            ),
        ),
    ),
    Sample(
        name="a lid alone",
        body=_envelope("messages.upsert", {"messages": [_entry("A6", _TEXT, **_LID_KEY | {"cleanedSenderPn": ""})]}),
        events=(_received("A6", "Добрий день", chat_id=LID, sender=types.Contact(id=LID, name="Olha")),),
    ),
    Sample(
        name="an answer to an earlier message, disappearing",
        body=_envelope(
            "messages.received",
            {
                "messages": _entry(
                    "A7",
                    {
                        "ephemeralMessage": {
                            "message": {"extendedTextMessage": {"text": "так", "contextInfo": {"stanzaId": "B1"}}}
                        }
                    },
                )
            },
        ),
        events=(_received("A7", "так", reply_to="B1"),),
    ),
    Sample(
        name="a message from before the connection",
        body=_envelope("messages.upsert", {"messages": [_entry("A8", _TEXT) | {"messageTimestamp": SECONDS - 10**7}]}),
        events=(_received("A8", "Добрий день", history=True, sent_at=datetime.fromtimestamp(SECONDS - 10**7, UTC)),),
    ),
)

_FILES = (
    Sample(
        name="a picture with a caption",
        body=_envelope(
            "messages.upsert",
            {"messages": [_entry("F1", {"imageMessage": MEDIA | {"mimetype": "image/jpeg", "caption": "це є?"}})]},
        ),
        events=(
            _received(
                "F1",
                "це є?",
                attachments=(
                    _file("F1", "image", "imageMessage", mime="image/jpeg", described={"mimetype": "image/jpeg"}),
                ),
            ),
        ),
    ),
    Sample(
        name="a voice note",
        body=_envelope(
            "messages.received",
            {
                "messages": _entry(
                    "F2", {"audioMessage": MEDIA | {"mimetype": "audio/ogg; codecs=opus", "ptt": True, "seconds": 7}}
                )
            },
        ),
        events=(
            _received(
                "F2",
                attachments=(
                    _file(
                        "F2",
                        "voice",
                        "audioMessage",
                        mime="audio/ogg",
                        duration=7.0,
                        described={"mimetype": "audio/ogg; codecs=opus"},
                    ),
                ),
            ),
        ),
    ),
    Sample(
        name="a document with a caption around it",
        body=_envelope(
            "messages.received",
            {
                "messages": _entry(
                    "F3",
                    {
                        "documentWithCaptionMessage": {
                            "message": {"documentMessage": MEDIA | {"fileName": "price.pdf", "caption": "ціни"}}
                        }
                    },
                )
            },
        ),
        events=(
            _received(
                "F3",
                "ціни",
                attachments=(
                    _file("F3", "document", "documentMessage", name="price.pdf", described={"fileName": "price.pdf"}),
                ),
            ),
        ),
    ),
    Sample(
        name="a video",
        body=_envelope(
            "messages.upsert",
            {"messages": [_entry("F8", {"videoMessage": MEDIA | {"mimetype": "video/mp4", "seconds": 9}})]},
        ),
        events=(
            _received(
                "F8",
                attachments=(
                    _file(
                        "F8",
                        "video",
                        "videoMessage",
                        mime="video/mp4",
                        duration=9.0,
                        described={"mimetype": "video/mp4"},
                    ),
                ),
            ),
        ),
    ),
    Sample(
        name="a sticker",
        body=_envelope("messages.received", {"messages": _entry("F4", {"stickerMessage": MEDIA})}),
        events=(_received("F4", specific_type="sticker", attachments=(_file("F4", "sticker", "stickerMessage"),)),),
    ),
    Sample(
        name="a place",
        body=_envelope(
            "messages.received",
            {
                "messages": _entry(
                    "F5", {"locationMessage": {"degreesLatitude": 50.45, "degreesLongitude": 30.52, "name": "Київ"}}
                )
            },
        ),
        events=(_received("F5", "Київ (50.45, 30.52)", specific_type="whatsapp_location"),),
    ),
    Sample(
        name="a poll",
        body=_envelope(
            "messages.received",
            {
                "messages": _entry(
                    "F7",
                    {
                        "pollCreationMessageV3": {
                            "name": "Коли?",
                            "options": [{"optionName": "зранку"}, {"optionName": "ввечері"}],
                        }
                    },
                )
            },
        ),
        events=(_received("F7", "Коли?\n– зранку\n– ввечері", specific_type="whatsapp_poll"),),
    ),
    Sample(
        name="a kind that nobody foresaw",
        body=_envelope("messages.received", {"messages": _entry("F6", {"hologramMessage": {"depth": 3}})}),
        events=(_received("F6", specific_type="whatsapp_unsupported"),),
    ),
)

_OWN = (
    Sample(
        name="typed on the phone; the sender fields mean ourselves",
        body=_envelope("messages.upsert", {"messages": [_entry("O1", {"conversation": "Вітаю"}, **_OURS)]}),
        events=(_received("O1", "Вітаю", sender=NAMELESS, from_us=True),),
    ),
    Sample(
        name="the same under message.sent",
        body=_envelope("message.sent", _entry("O1", {"conversation": "Вітаю"}, **_OURS) | {"success": True}),
        events=(_received("O1", "Вітаю", sender=NAMELESS, from_us=True),),
    ),
    Sample(
        name="a message that could not be sent",
        body=_envelope("message.sent", _entry("O2", {"conversation": "Вітаю"}, **_OURS) | {"success": False}),
        events=(_receipt("O2", "failed"),),
    ),
    Sample(
        name="delivered, as an object",
        body=_envelope("messages.update", {"key": _key("O1", fromMe=True), "update": {"status": 3}}),
        events=(_receipt("O1", "delivered"),),
    ),
    Sample(
        name="read, and failed, as an array",
        body=_envelope(
            "messages.update",
            [
                {"key": _key("O1", fromMe=True), "update": {"status": 4}},
                {"key": _key("O3", fromMe=True), "update": {"status": 0}, "msgId": 100001},
            ],
        ),
        events=(_receipt("O1", "read"), _receipt("O3", "failed", provider_ref="100001")),
    ),
    Sample(
        name="pending is no news",
        body=_envelope("messages.update", {"key": _key("O1", fromMe=True), "update": {"status": 1}}),
        ignored=("receipt without news",),
    ),
    Sample(
        name="a receipt of the other form",
        body=_envelope(
            "message-receipt.update",
            {"message": {"key": _key("O4", fromMe=True), "receipt": {"receiptTimestamp": SECONDS}}},
        ),
        events=(_receipt("O4", "delivered"),),
    ),
)

_ABOUT = (
    Sample(
        name="deleted",
        body=_envelope("messages.delete", {"keys": [_key("A1")]}),
        events=(types.MessageDeleted(dedup_key="delete:A1", chat_id=PHONE, sent_at=AT, message_id="A1"),),
    ),
    Sample(
        name="deleted, told as a message",
        body=_envelope(
            "messages.upsert", {"messages": [_entry("X1", {"protocolMessage": {"type": 0, "key": {"id": "A1"}}})]}
        ),
        events=(types.MessageDeleted(dedup_key="delete:A1", chat_id=PHONE, sent_at=AT, message_id="A1"),),
    ),
    Sample(
        name="edited",
        body=_envelope(
            "messages.upsert",
            {
                "messages": [
                    _entry(
                        "X2",
                        {
                            "protocolMessage": {
                                "type": "MESSAGE_EDIT",
                                "key": {"id": "A1"},
                                "editedMessage": {"conversation": "Добрий вечір"},
                            }
                        },
                    )
                ]
            },
        ),
        events=(
            types.MessageEdited(
                dedup_key="edit:A1:X2", chat_id=PHONE, sent_at=AT, message_id="A1", text="Добрий вечір"
            ),
        ),
    ),
    Sample(
        name="edited, told as an update",
        body=_envelope(
            "messages.update",
            {"key": _key("A1"), "update": {"message": {"editedMessage": {"message": {"conversation": "ні"}}}}},
        ),
        events=(
            types.MessageEdited(
                dedup_key="edit:A1:cfd2605fdcc061bf", chat_id=PHONE, sent_at=AT, message_id="A1", text="ні"
            ),
        ),
    ),
    Sample(
        name="a heart, and its removal",
        body=_envelope(
            "messages.reaction",
            [
                {"key": _key("O1", fromMe=True), "reaction": {"text": "❤️", "key": {"id": "R1", "fromMe": False}}},
                {"key": _key("O1", fromMe=True), "reaction": {"text": "", "key": {"id": "R2", "fromMe": False}}},
            ],
        ),
        events=(
            types.ReactionReceived(
                dedup_key="reaction:O1:them:❤️:R1", chat_id=PHONE, sent_at=AT, message_id="O1", emoji="❤️"
            ),
            types.ReactionReceived(
                dedup_key="reaction:O1:them::R2", chat_id=PHONE, sent_at=AT, message_id="O1", emoji=""
            ),
        ),
    ),
    Sample(
        name="logged out, in capitals",
        body=_envelope("session.status", {"status": "LOGGED_OUT", "session_id": 1, "reason": "removed"}),
        events=(
            types.StateChanged(
                dedup_key=f"state:login_required:The number is not linked any more: removed:{SECONDS}",
                chat_id="",
                sent_at=AT,
                state="login_required",
                detail="The number is not linked any more: removed",
            ),
        ),
    ),
    Sample(
        name="a new QR code means that the link is gone",
        body=_envelope("qrcode.updated", {"qr": "2@secretqr"}),
        events=(
            types.StateChanged(
                dedup_key=f"state:login_required:The number has to be linked again with a code:{SECONDS}",
                chat_id="",
                sent_at=AT,
                state="login_required",
                detail="The number has to be linked again with a code",
            ),
        ),
    ),
)

_NOT_FOR_US = (
    Sample(
        name="a group",
        body=_envelope("messages.upsert", {"messages": [_entry("G1", _TEXT, remoteJid="1203630@g.us")]}),
        ignored=("group",),
    ),
    Sample(
        name="a group, by its own event",
        body=_envelope("messages-group.received", {"messages": _entry("G1", _TEXT, remoteJid="1203630@g.us")}),
        ignored=("group",),
    ),
    Sample(
        name="a status that a contact published",
        body=_envelope("messages.received", {"messages": _entry("G2", _TEXT, remoteJid="status@broadcast")}),
        ignored=("broadcast",),
    ),
    Sample(
        name="a channel",
        body=_envelope("messages-newsletter.received", {"messages": _entry("G3", _TEXT, remoteJid="1@newsletter")}),
        ignored=("newsletter",),
    ),
    Sample(
        name="an event that we did not ask for",
        body=_envelope("contacts.update", [{"id": PN, "notify": "Olha"}]),
        ignored=("contacts.update",),
    ),
    Sample(name="an event of tomorrow", body=_envelope("messages.danced", {"a": 1}), ignored=("messages.danced",)),
)

SAMPLES = (*_MESSAGES, *_FILES, *_OWN, *_ABOUT, *_NOT_FOR_US)
