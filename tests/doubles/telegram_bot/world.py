"""The bots and messages of the Bot API's double, and the rules that need nothing else."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.http_double import Answer


class Refused(Exception):
    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.answer = refusal(code, description, **parameters)


def refusal(code: int, description: str, **parameters: Any) -> Answer:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return Answer(code, body | ({"parameters": parameters} if parameters else {}))


@dataclass
class Sent:
    """One accepted message."""

    method: str
    chat_id: str
    fields: dict[str, Any]
    content: bytes = b""
    message_id: int = 0
    deleted: bool = False

    @property
    def text(self) -> str:
        return str(self.fields.get("text") or self.fields.get("caption") or "")


@dataclass
class Bot:
    id: int
    username: str
    token: str
    webhook_url: str = ""
    secret: str = ""
    allowed: list[str] = field(default_factory=list)
    reads_groups: bool = False
    last_error: tuple[int, str] | None = None
    chats: set[str] = field(default_factory=set)
    blocked_by: set[str] = field(default_factory=set)
    moved: dict[str, str] = field(default_factory=dict)
    updates: Any = field(default_factory=lambda: itertools.count(500_001))
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def user(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": True, "first_name": "Shop", "username": self.username}


def check_entities(fields: dict[str, Any]) -> None:
    """They lie within the text, in UTF-16 units; and nothing asks to read signs in the text itself."""
    assert "parse_mode" not in fields, "what people write is never read as formatting"
    for text, name in (("text", "entities"), ("caption", "caption_entities")):
        units = len(fields.get(text, "").encode("utf-16-le")) // 2
        for entity in fields.get(name) or []:
            if entity["offset"] < 0 or entity["length"] < 1 or entity["offset"] + entity["length"] > units:
                raise Refused(400, "Bad Request: ENTITY_BOUNDS_INVALID")
            if entity["type"] == "text_link" and not entity["url"].startswith(("http://", "https://", "tg://")):
                raise Refused(400, "Bad Request: can't parse entities: unsupported URL protocol")


def concerns(bot: Bot, message: dict[str, Any]) -> bool:
    """Whether a bot in privacy mode gets to see it."""
    answered = (message.get("reply_to_message") or {}).get("from", {}).get("id") == bot.id
    text = message.get("text") or ""
    return answered or text.startswith("/") or f"@{bot.username}" in text
