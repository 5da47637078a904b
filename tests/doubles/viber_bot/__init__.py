"""Viber's bot API on loopback: the documented calls with their rules, signed callbacks, strings to pull.

Source: https://creators.viber.com/docs/bots-api/.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.http_double import Answer, Call, HttpDouble, Post

__all__ = ["Bot", "Sent", "ViberBot"]

_MB = 1024 * 1024
_SIZES = {"picture": _MB, "video": 26 * _MB, "file": 50 * _MB}
_MAGIC = {"picture": (b"\xff\xd8\xff", b"\x89PNG", b"GIF8"), "video": (b"\x00\x00\x00",)}
_WORDS = {
    2: "invalidAuthToken", 3: "badData", 4: "missingData", 5: "receiverNotRegistered", 6: "receiverNotSubscribed",
    10: "webhookNotSet", 12: "tooManyRequests",
}  # fmt: skip


@dataclass
class Bot:
    id: str
    name: str
    token: str
    webhook: str = ""
    events: list[str] = field(default_factory=list)
    people: set[str] = field(default_factory=set)
    portraits: dict[str, str] = field(default_factory=dict)  # person → where the picture is
    tells_portraits: bool = False


@dataclass
class Sent:
    """One accepted message."""

    bot: Bot
    to: str
    body: dict[str, Any]
    token: str
    content: bytes = b""


class Refused(Exception):
    def __init__(self, status: int, detail: str = "") -> None:
        super().__init__(detail)
        self.answer = refusal(status, detail)


def refusal(status: int, detail: str = "") -> Answer:
    """HTTP 200, whatever it is."""
    return Answer(200, {"status": status, "status_message": detail or _WORDS.get(status, "generalError")})


class ViberBot(HttpDouble):
    """`sent`: what was accepted."""

    def __init__(self, *, clock: Callable[[], float] = time.time, port: int = 0, patience: float = 0.0) -> None:
        super().__init__(port=port, patience=patience)
        self.clock = clock
        self.bots: dict[str, Bot] = {}
        self.sent: list[Sent] = []
        self.base_url = f"{self.origin}/pa"
        self._tokens = itertools.count(5_912_345_678_901_234_567)  # 64 bits: no float holds them
        self._since_reply: dict[tuple[str, str], deque[float]] = {}

    def add_bot(self, name: str = "Shop") -> Bot:
        token = f"{secrets.token_hex(8)}-{secrets.token_hex(8)}-{secrets.token_hex(8)}"
        bot = Bot(f"pa:{7000 + len(self.bots)}", name, token)
        self.bots[token] = bot
        return bot

    def revoke(self, bot: Bot) -> None:
        """The bot has a new token; the old one is good for nothing."""
        del self.bots[bot.token]
        bot.token = f"{secrets.token_hex(8)}-{secrets.token_hex(8)}-{secrets.token_hex(8)}"
        self.bots[bot.token] = bot

    # What comes in over HTTP.

    def act(self, call: Call) -> Answer:
        bot = self.bots.get(call.headers.get("x-viber-auth-token", ""))
        acts = {
            "/pa/get_account_info": self._account,
            "/pa/set_webhook": self._set_webhook,
            "/pa/send_message": self._send,
        }
        if call.path not in acts or call.method != "POST":
            return Answer(404, b"", {"Content-Type": "text/plain"})
        if bot is None:
            return refusal(2)
        if len(call.body) > 30 * 1024:
            return refusal(3, "the request is too large")
        try:
            return Answer(200, {"status": 0, "status_message": "ok", **acts[call.path](bot, call.json)})
        except Refused as refused:
            return refused.answer

    def refusal(self, status: int) -> Answer:
        if status == 500:
            return Answer(500, b"", {"Content-Type": "text/plain"})
        return refusal({401: 2, 400: 3, 429: 12}[status])

    def _account(self, bot: Bot, body: dict[str, Any]) -> dict[str, Any]:
        return {"id": bot.id, "name": bot.name, "uri": bot.name.lower(), "webhook": bot.webhook}

    def _set_webhook(self, bot: Bot, body: dict[str, Any]) -> dict[str, Any]:
        url = body.get("url", "")
        if url:
            told = self._post(bot, {"event": "webhook"}, url=url)
            if told.status != 200:
                raise Refused(1, f"Result url {told.status}")
        bot.webhook, bot.events = url, body.get("event_types") or []
        bot.tells_portraits = body.get("send_photo") is True
        return {"event_types": bot.events}

    def _send(self, bot: Bot, body: dict[str, Any]) -> dict[str, Any]:
        to, kind = body.get("receiver", ""), body.get("type", "")
        if not bot.webhook:
            raise Refused(10)
        if to not in bot.people:
            raise Refused(6)
        name = (body.get("sender") or {}).get("name", "")
        if not name or len(name) > 28:
            raise Refused(3, "sender.name is missing or too long")
        content = self._content(kind, body)
        spoken = self._since_reply.setdefault((bot.token, to), deque(maxlen=200))
        if len([moment for moment in spoken if self.clock() - moment < 3600]) >= 100:
            raise Refused(12)
        with self.lock:
            sent = Sent(bot, to, body, str(next(self._tokens)), content)
            self.sent.append(sent)
            spoken.append(self.clock())
        return {"message_token": int(sent.token), "chat_hostname": "SN-CHAT-01_"}

    def _content(self, kind: str, body: dict[str, Any]) -> bytes:
        if kind == "text":
            if not body.get("text") or len(body["text"]) > 7000:
                raise Refused(3, "text is missing or too long")
            return b""
        if kind == "sticker":
            if not isinstance(body.get("sticker_id"), int):
                raise Refused(4, "sticker_id is missing")
            return b""
        if kind not in _SIZES:
            raise Refused(3, f"type {kind} is not supported")
        if kind == "picture" and len(body.get("text", "")) > 120:
            raise Refused(3, "text is too long")
        if kind in ("video", "file") and not isinstance(body.get("size"), int):
            raise Refused(4, "size is missing")
        if kind == "file" and not 0 < len(body.get("file_name", "")) <= 256:
            raise Refused(4, "file_name is missing or too long")
        try:
            content, _mime = self.fetch(body.get("media", ""))
        except (OSError, ValueError):
            raise Refused(3, "media cannot be fetched") from None
        if len(content) > _SIZES[kind] or (kind in _MAGIC and not content.startswith(_MAGIC[kind])):
            raise Refused(3, "media is too large or of another type")
        return content

    # What people in Viber do.

    def writes(self, bot: Bot, person: str, text: str = "", *, repeats: int = 1, **message: Any) -> str:
        """Somebody writes to the bot, which subscribes them; returns the message's token."""
        bot.people.add(person)
        self._since_reply.pop((bot.token, person), None)
        token = next(self._tokens)
        shown = {"avatar": bot.portraits[person]} if bot.tells_portraits and person in bot.portraits else {}
        body = {
            "event": "message",
            "message_token": token,
            "sender": {"id": person, "name": "Olha", "language": "uk", "country": "UA", "api_version": 10, **shown},
            "message": {"type": "text", "text": text, **message},
            "silent": False,
        }
        self._post(bot, body, repeats=repeats)
        return str(token)

    def reports(self, sent: Sent, event: str, **more: Any) -> None:
        """`delivered`, `seen` or `failed`."""
        self._post(sent.bot, {"event": event, "message_token": int(sent.token), "user_id": sent.to, **more})

    def opens(self, bot: Bot, person: str) -> None:
        """Somebody looks at the bot and has not written yet."""
        user = {"id": person, "name": "Olha"}
        token = next(self._tokens)
        body = {"event": "conversation_started", "message_token": token, "type": "open", "user": user}
        self._post(bot, body | {"subscribed": False})

    def _post(self, bot: Bot, body: dict[str, Any], *, url: str = "", repeats: int = 1) -> Post:
        told = {"timestamp": int(self.clock() * 1000), **body}
        raw = json.dumps(told, separators=(",", ":")).encode()
        signature = hmac.new(bot.token.encode(), raw, hashlib.sha256).hexdigest()
        headers = {"X-Viber-Content-Signature": signature}
        return self.post(url or bot.webhook, raw, headers=headers, repeats=repeats)
