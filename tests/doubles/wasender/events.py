"""The webhooks that the double posts, in the form of the real ones, oddities included."""

from __future__ import annotations

import json
import secrets
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.doubles.wasender import WaSender
    from tests.doubles.wasender.state import Message, Session

_INCOMING = ("messages.received", "messages-personal.received", "messages.upsert")
_OWN = ("messages.upsert", "message.sent")


@dataclass
class Post:
    event: str
    body: bytes
    status: int | None  # None: nobody answered


def post(double: WaSender, session: Session, event: str, data: Any, *, repeats: int = 1, force: bool = False) -> None:
    """Post if the session wants this event. The body carries the API key, and the "signature" is the secret."""
    if not session.webhook_url or not session.webhook_enabled or (event not in session.webhook_events and not force):
        return
    now = double.clock()
    # the documentation has seconds in some samples and milliseconds in others
    timestamp = int(now) if len(double.posts) % 2 else int(now * 1000)
    body = json.dumps({"event": event, "timestamp": timestamp, "sessionId": session.api_key, "data": data}).encode()
    for _ in range(repeats):
        status = deliver(session.webhook_url, body, secret=session.webhook_secret)
        until = time.monotonic() + double.patience
        while status != 200 and time.monotonic() < until:
            time.sleep(0.3)
            status = deliver(session.webhook_url, body, secret=session.webhook_secret)
        double.posts.append(Post(event, body, status))


def deliver(url: str, body: bytes, *, secret: str) -> int | None:
    """One request; the status it was answered with, None if there was no answer."""
    headers = {"Content-Type": "application/json", "X-Webhook-Signature": secret}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def incoming(
    double: WaSender,
    session: Session,
    *,
    phone: str,
    text: str = "",
    image: bytes = b"",
    voice: bytes = b"",
    document: bytes = b"",
    sticker: bytes = b"",
    video: bytes = b"",
    content: dict[str, Any] | None = None,
    lid: str = "",
    with_phone: bool = True,
    name: str = "Olha",
    message_id: str = "",
    at: float | None = None,
    repeats: int = 1,
    shape: str = "array",
    only: str = "",
    extra: dict[str, Any] | None = None,
) -> str:
    digits = phone.lstrip("+")
    pn = f"{digits}@s.whatsapp.net"
    key: dict[str, Any] = {"id": message_id or "3A" + secrets.token_hex(9).upper(), "fromMe": False}
    if lid:
        double.lids[lid] = pn
        key |= {"remoteJid": lid, "addressingMode": "lid", "senderLid": lid}
    else:
        key |= {"remoteJid": pn, "addressingMode": "pn"}
    if with_phone or not lid:
        key |= {"senderPn": pn, "cleanedSenderPn": digits}
    message: dict[str, Any] = {"conversation": text}
    if image:
        message = {"imageMessage": double.encrypt(image, kind="image", mime="image/jpeg") | {"caption": text}}
    elif voice:
        sealed = double.encrypt(voice, kind="audio", mime="audio/ogg; codecs=opus")
        message = {"audioMessage": sealed | {"ptt": True, "seconds": 3}}
    elif document:
        sealed = double.encrypt(document, kind="document", mime="application/pdf")
        message = {"documentMessage": sealed | {"fileName": "price.pdf"}}
    elif video:
        message = {"videoMessage": double.encrypt(video, kind="video", mime="video/mp4") | {"caption": text}}
    elif content:
        message = content
    elif sticker:
        message = {"stickerMessage": double.encrypt(sticker, kind="sticker", mime="image/webp")}
    entry = {
        "key": key | (extra or {}),
        "pushName": name,
        "messageTimestamp": int(at if at is not None else double.clock()),
        "messageBody": text,
        "message": message,
    }
    for event in (only,) if only else _INCOMING:
        one_object = event != "messages.upsert" or shape == "object"
        data = entry if shape == "flat" else {"messages": entry if one_object else [entry]}
        post(double, session, event, data, repeats=repeats)
    return str(key["id"])


def own(
    double: WaSender, session: Session, *, jid: str, text: str, message_id: str = "", only: str = "", repeats: int = 1
) -> str:
    """A message that left the number: `fromMe`, and `sender` then means ourselves."""
    ours = session.phone_number.lstrip("+")
    key = {"id": message_id or "3A" + secrets.token_hex(9).upper(), "fromMe": True, "remoteJid": jid}
    key |= {"senderPn": f"{ours}@s.whatsapp.net", "cleanedSenderPn": ours}
    entry = {
        "key": key,
        "pushName": session.name,
        "messageTimestamp": int(double.clock()),
        "messageBody": text,
        "message": {"extendedTextMessage": {"text": text}},
    }
    for event in (only,) if only else _OWN:
        data = {"messages": [entry]} if event == "messages.upsert" else entry | {"success": True}
        post(double, session, event, data, repeats=repeats)
    return str(key["id"])


def key_of(phone: str, message_id: str, *, from_us: bool = False) -> dict[str, Any]:
    """WhatsApp's key of a message in the chat with a person."""
    return {"id": message_id, "fromMe": from_us, "remoteJid": f"{phone.lstrip('+')}@s.whatsapp.net"}


def follow(double: WaSender, message: Message) -> None:
    """By hand nobody pulls the strings: a sent message is echoed, delivered and read by itself."""

    def run() -> None:
        for status in ("sent", "delivered", "read"):
            time.sleep(0.5)
            if status == "delivered":
                double.echo(message)
            double.deliver(message, status)

    threading.Thread(target=run, daemon=True).start()
