"""Pictures on OpenAI's two wires, and what is remembered of models that take none."""

from __future__ import annotations

import base64
from typing import Any

from assistants.errors import ModelRejected
from assistants.llm.model import Message
from assistants.types import Picture
from happ_project.core import clock

_REMEMBERED = 3600.0
"""Seconds: a model may learn to see, or another one may answer to its name."""
_WORDS = ("image", "picture", "vision", "multimodal", "content part", "content type")
_blind: dict[tuple[str, str], float] = {}


def chat_content(message: Message) -> Any:
    """The text alone, or with its pictures as Chat Completions want them."""
    urls = _urls(message)
    if not urls:
        return message.text
    pictures = [{"type": "image_url", "image_url": {"url": url, "detail": "auto"}} for url in urls]
    return [{"type": "text", "text": message.text}, *pictures]


def responses_content(message: Message) -> Any:
    """The same as Responses want it."""
    urls = _urls(message)
    if not urls:
        return message.text
    pictures = [{"type": "input_image", "image_url": url, "detail": "auto"} for url in urls]
    return [{"type": "input_text", "text": message.text}, *pictures]


def is_blind(base_url: str, name: str) -> bool:
    """Whether this model refused pictures lately."""
    return _blind.get((base_url, name), 0.0) > clock.monotonic()


def note_blind(base_url: str, name: str) -> None:
    _blind[base_url, name] = clock.monotonic() + _REMEMBERED


def is_about_pictures(error: ModelRejected) -> bool:
    """Whether a refusal may be due to the pictures; a wrong key or an unknown model is not."""
    text = str(error).lower()
    return "the request was refused" in text and any(word in text for word in _WORDS)


def _urls(message: Message) -> list[str]:
    return [url for url in map(_url, message.pictures) if url]


def _url(picture: Picture) -> str:
    data = picture.data
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}" if data else ""
