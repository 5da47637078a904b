"""The Bot API's entities and our marks: both stand beside the text; Telegram counts UTF-16 code units."""

from __future__ import annotations

from typing import Any

from happ_project.core.formatted import Formatted, Mark, MarkKind, from_utf16
from messengers.reading import mapping, text_of

_MOST = 100  # Telegram shows no more of them in a message

_KINDS: dict[str, MarkKind] = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strikethrough": "strike",
    "spoiler": "spoiler",
    "code": "code",
    "pre": "block",
    "blockquote": "quote",
    "expandable_blockquote": "quote",
    "text_link": "link",
    "text_mention": "mention",
}
_NAMES = {kind: name for name, kind in reversed(_KINDS.items())}


def read(text: str, entities: Any) -> Formatted:
    """The text with its formatting; what Telegram finds in a text by itself (addresses, @names, tags) is no mark."""
    marks = [_mark(mapping(each, default={})) for each in entities] if isinstance(entities, list) else []
    return from_utf16(text, [mark for mark in marks if mark is not None]).expanded()


def _mark(entity: dict[str, Any]) -> Mark | None:
    kind = _KINDS.get(text_of(entity.get("type")))
    start, length = _index(entity.get("offset")), _index(entity.get("length"))
    if kind is None or not length:
        return None
    told = {"link": entity.get("url"), "block": entity.get("language"),
            "mention": mapping(entity.get("user"), default={}).get("id")}  # fmt: skip
    return Mark(kind=kind, start=start, end=start + length, ref=text_of(told.get(kind)))


def _index(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 100_000 else 0


def of(said: Formatted) -> list[dict[str, Any]]:
    """A mention is left out: a bot may name people only in their own chat."""
    told = [
        {"type": _NAMES[mark.kind], "offset": mark.start, "length": mark.end - mark.start, **_about(mark)}
        for mark in said.marks_in_utf16()
        if mark.kind != "mention"
    ]
    return told[:_MOST]


def _about(mark: Mark) -> dict[str, str]:
    if mark.kind == "link":
        return {"url": mark.ref}
    return {"language": mark.ref} if mark.kind == "block" and mark.ref else {}
