"""Callback bodies in the shapes that E-Chat's public clients know, gaps included, and what each means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from messengers import types
from messengers.samples import Sample, Scene

KEY = "5e55" * 10
OWN, PHONE = "380500000001", "380671112233"
SECONDS = 1790000000
AT = datetime.fromtimestamp(SECONDS, UTC)
PORTRAIT = "https://files.e-chat.tech/photo/1.jpg"
OLHA = types.Contact(id=PHONE, phone=f"+{PHONE}", name="Olha", avatar_ref={"url": PORTRAIT})
OURS = "01995f4e-0000-7000-8000-000000000001"
FILE = "https://files.e-chat.tech/viber/1/photo.jpg"

SCENE = Scene(account={"key": KEY}, external_id=OWN, config={"end_tarif": "2027-11-22"})


def sign(body: bytes, secret: str) -> dict[str, str]:
    """E-Chat signs nothing."""
    return {}


def _body(message: dict[str, Any], event: str = "incoming_message", **more: Any) -> dict[str, Any]:
    told = {
        "event": event,
        "messenger": "viber",
        "direction": event.partition("_")[0],
        "number": OWN,
        "contact": {"number": PHONE, "name": "Olha", "photo": PORTRAIT},
        "message": message,
    }
    return told | more


def _without(name: str, body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != name}


def _message(message_id: str, text: str = "", kind: str = "text", **more: Any) -> dict[str, Any]:
    return {"message_id": message_id, "text": text, "type": kind, "timestamp": SECONDS} | more


def _received(message_id: str, text: str = "", **more: Any) -> types.MessageReceived:
    told: dict[str, Any] = {
        "dedup_key": f"message:{message_id}", "chat_id": PHONE, "sent_at": AT, "message_id": message_id,
        "sender": OLHA, "text": text,
    }  # fmt: skip
    return types.MessageReceived(**told | more)


def _file(kind: types.AttachmentKind, url: str = FILE) -> tuple[types.Attachment, ...]:
    return (types.Attachment(kind=kind, media_ref={"url": url}, name=url.rpartition("/")[2]),)


def _status(message_id: str, status: Any, **more: Any) -> dict[str, Any]:
    told = {"event": "outgoing_message_status", "messenger": "viber", "message_id": message_id, "status": status}
    return told | more


def _reported(code: str, status: types.ReceiptStatus, *, error: str = "", ours: str = OURS) -> types.ReceiptReceived:
    return types.ReceiptReceived(
        dedup_key=f"status:{ours}:{code}", chat_id="", status=status, client_ref=ours, error=error
    )


_MESSAGES = (
    Sample(
        name="a text",
        body=_body(_message("E1", "Добрий день")),
        events=(_received("E1", "Добрий день"),),
    ),
    Sample(
        name="the same without the event's name, time in milliseconds",
        body=_without("event", _body(_message("E1", "Добрий день", timestamp=SECONDS * 1000))),
        events=(_received("E1", "Добрий день"),),
    ),
    Sample(
        name="neither id nor time",
        body=_body({"text": "Добрий день"}),
        events=(
            _received(
                "d5f768ec752cc722560d289ba8922bb8",
                "Добрий день",
                sent_at=None,
            ),
        ),
    ),
    Sample(
        name="a date in words, no name",
        body=_body(
            {"message_id": "E2", "text": "Так", "datetime": "2026-09-21 15:33:20"}, contact={"number": f"+{PHONE}"}
        ),
        events=(
            _received(
                "E2",
                "Так",
                sent_at=datetime(2026, 9, 21, 15, 33, 20, tzinfo=UTC),
                sender=types.Contact(id=PHONE, phone=f"+{PHONE}"),
            ),
        ),
    ),
    Sample(
        name="two under MESSAGES, as the first version had them, one of them broken",
        body=_without("message", _body({}, MESSAGES=[_message("E3", "раз"), "?"])),
        events=(
            _received("E3", "раз"),
            types.Unreadable(raw=None, reason="an object was expected", digest=""),
        ),
    ),
    Sample(
        name="nobody's message",
        body=_body(_message("E4", "?"), contact={}),
        events=(types.Unreadable(raw=None, reason="a message without the customer's number", digest=""),),
    ),
)

_FILES = (
    Sample(
        name="a picture with words",
        body=_body(_message("F1", "така є?", "image", file=FILE)),
        events=(_received("F1", "така є?", attachments=_file("image")),),
    ),
    Sample(
        name="a file that only its name tells",
        body=_body(_message("F2", "", "file", file="https://files.e-chat.tech/viber/2/note.ogg")),
        events=(_received("F2", attachments=_file("audio", "https://files.e-chat.tech/viber/2/note.ogg")),),
    ),
    Sample(
        name="a voice message",
        body=_body(_message("F3", "", "voice", file="https://files.e-chat.tech/viber/3/a")),
        events=(_received("F3", attachments=_file("voice", "https://files.e-chat.tech/viber/3/a")),),
    ),
    Sample(
        name="a video",
        body=_body(_message("F9", "", "video", file={"url": "https://files.e-chat.tech/viber/9/v", "name": "v.mp4"})),
        events=(
            _received(
                "F9",
                attachments=(
                    types.Attachment(
                        kind="video", media_ref={"url": "https://files.e-chat.tech/viber/9/v"}, name="v.mp4"
                    ),
                ),
            ),
        ),
    ),
    Sample(
        name="a document in the older form, its address as the text",
        body=_body(_message("F4", "https://files.e-chat.tech/viber/4/price.pdf", "media")),
        events=(_received("F4", attachments=_file("document", "https://files.e-chat.tech/viber/4/price.pdf")),),
    ),
    Sample(
        name="a sticker, should it come as one",
        body=_body(_message("F5", "", "sticker", file="https://files.e-chat.tech/viber/5/s.png")),
        events=(
            _received(
                "F5",
                specific_type="sticker",
                attachments=_file("sticker", "https://files.e-chat.tech/viber/5/s.png"),
            ),
        ),
    ),
    Sample(
        name="a kind that nobody foresaw, with a file",
        body=_body(_message("F6", "", "hologram", file="https://files.e-chat.tech/viber/6/h.webp")),
        events=(
            _received(
                "F6",
                specific_type="viber_unsupported",
                attachments=_file("image", "https://files.e-chat.tech/viber/6/h.webp"),
            ),
        ),
    ),
    Sample(
        name="a place",
        body=_body(_message("F7", "", "location")),
        events=(_received("F7", specific_type="viber_location"),),
    ),
    Sample(
        name="a picture without its file",
        body=_body(_message("F8", "", "image")),
        events=(_received("F8", specific_type="viber_unsupported"),),
    ),
)

_OWN = (
    Sample(
        name="typed on the phone",
        body=_body(_message("O1", "Вітаю"), event="outgoing_message"),
        events=(_received("O1", "Вітаю", from_us=True),),
    ),
    Sample(
        name="the echo of our own",
        body=_body(_message(OURS, "Вітаю"), event="outgoing_message"),
        events=(_received(OURS, "Вітаю", from_us=True, from_program=True, client_ref=OURS),),
    ),
    Sample(name="delivered", body=_status(OURS, "1"), events=(_reported("1", "delivered"),)),
    Sample(
        name="a part delivered, the status a number",
        body=_status(f"{OURS}.1", 1),
        events=(_reported("1", "delivered", ours=f"{OURS}.1"),),
    ),
    Sample(
        name="no Viber there",
        body=_status(OURS, "2"),
        events=(_reported("2", "failed", error="This number has no Viber."),),
    ),
    Sample(
        name="failed, in E-Chat's words",
        body=_status(OURS, "6", description="Blocked by the user"),
        events=(_reported("6", "failed", error="Blocked by the user"),),
    ),
    Sample(
        name="failed without a word",
        body=_status(OURS, "4", description=""),
        events=(_reported("4", "failed", error="E-Chat could not deliver it, status: 4"),),
    ),
    Sample(name="still pending", body=_status(OURS, "5"), events=(_reported("5", "sent"),)),
    Sample(
        name="a status of tomorrow is kept",
        body=_status(OURS, "11", description="teleported"),
        events=(_reported("11", "sent", error="E-Chat reports a status that we do not know: 11 teleported"),),
    ),
    Sample(
        name="a status under an id of E-Chat's own",
        body=_status("78123", "1"),
        events=(types.ReceiptReceived(dedup_key="status:78123:1", chat_id="", status="delivered", message_id="78123"),),
    ),
    Sample(
        name="a status of nothing",
        body=_status("", "1"),
        events=(types.Unreadable(raw=None, reason="a status without the message's id", digest=""),),
    ),
)

_NOT_FOR_US = (
    Sample(
        name="another number of the same cabinet",
        body=_body(_message("N1", "?"), number="380999999999"),
        ignored=("another number",),
    ),
    Sample(
        name="another messenger", body=_body(_message("N2", "?"), messenger="whatsapp"), ignored=("another messenger",)
    ),
    Sample(name="an event of tomorrow", body=_body(_message("N3", "?"), event="danced"), ignored=("danced",)),
    Sample(name="an empty one", body=_body(_message("N4")), ignored=("nothing to show",)),
)

SAMPLES = (*_MESSAGES, *_FILES, *_OWN, *_NOT_FOR_US)
