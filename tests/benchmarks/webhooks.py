"""WaSender's webhooks as bytes, made before the clock starts: a text message each, signed as WaSender does."""

from __future__ import annotations

import itertools
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Number:
    """A WhatsApp number of the company: where its webhooks go and what proves them."""

    path: str
    secret: str
    api_key: str


_numbers = itertools.count(1)


def request(number: Number, *, phone: str, text: str, port: int) -> bytes:
    """One `messages.received` of one customer, with the API key in its body as the real ones have it."""
    message_id = f"3A{secrets.token_hex(8).upper()}{next(_numbers):06X}"
    pn = f"{phone}@s.whatsapp.net"
    key = {
        "id": message_id, "fromMe": False, "remoteJid": pn, "addressingMode": "pn", "senderPn": pn,
        "cleanedSenderPn": phone,
    }  # fmt: skip
    entry = {
        "key": key,
        "pushName": "Olha",
        "messageTimestamp": int(time.time()),
        "messageBody": text,
        "message": {"conversation": text},
    }
    body: dict[str, Any] = {
        "event": "messages.received",
        "timestamp": int(time.time()),
        "sessionId": number.api_key,
        "data": {"messages": entry},
    }
    return http(number.path, json.dumps(body).encode(), port=port, secret=number.secret)


def http(path: str, body: bytes, *, port: int, secret: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"User-Agent: WaSender\r\nX-Webhook-Signature: {secret}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def stream(numbers: list[Number], *, chats: int, count: int, port: int, prefix: str) -> Iterator[bytes]:
    """`count` messages, all different, dealt out over numbers and chats; made now, so that making them costs nothing
    while the clock runs."""
    made = [
        request(
            numbers[each % len(numbers)],
            phone=f"38067{prefix}{each % chats:05d}",
            text=f"How much is the tea, number {each}, and do you deliver?",
            port=port,
        )
        for each in range(count)
    ]
    return iter(made)
