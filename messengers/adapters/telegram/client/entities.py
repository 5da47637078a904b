"""Telegram's entities and our marks: both stand beside the text; Telegram counts UTF-16 code units."""

from __future__ import annotations

from collections.abc import Sequence

from telethon.tl import types
from telethon.tl.tlobject import TLObject

from happ_project.core.formatted import Formatted, Mark, MarkKind, from_utf16

MOST = 100
"""Telegram shows no more of them in a message."""

_SIMPLE: dict[MarkKind, type[TLObject]] = {
    "bold": types.MessageEntityBold,
    "italic": types.MessageEntityItalic,
    "underline": types.MessageEntityUnderline,
    "strike": types.MessageEntityStrike,
    "spoiler": types.MessageEntitySpoiler,
    "code": types.MessageEntityCode,
}
_KINDS: dict[type, MarkKind] = {
    **{entity: kind for kind, entity in _SIMPLE.items()},
    types.MessageEntityPre: "block",
    types.MessageEntityBlockquote: "quote",
    types.MessageEntityTextUrl: "link",
    types.MessageEntityMentionName: "mention",
}


def read(text: str, entities: Sequence[TLObject] | None) -> Formatted:
    """The text with its formatting; what Telegram finds in a text by itself (addresses, @names, tags) is no mark."""
    marks = [_mark(entity, _KINDS[type(entity)]) for entity in entities or () if type(entity) in _KINDS]
    if "\0" in text:  # no database stores it, and what stood behind it has moved
        return Formatted(text.replace("\0", ""))
    return from_utf16(text, marks).expanded()


def _mark(entity: TLObject, kind: MarkKind) -> Mark:
    told = {"link": "url", "block": "language", "mention": "user_id"}
    ref = str(getattr(entity, told[kind]) or "") if kind in told else ""
    return Mark(kind=kind, start=entity.offset, end=entity.offset + entity.length, ref=ref.replace("\0", ""))


def of(said: Formatted) -> list[TLObject] | None:
    """As Telegram takes it; None without any. A mention is left out: sending one takes more than the person's id."""
    made = [entity for mark in said.marks_in_utf16() if (entity := _entity(mark)) is not None]
    return made[:MOST] or None


def _entity(mark: Mark) -> TLObject | None:
    offset, length = mark.start, mark.end - mark.start
    if mark.kind == "link":
        return types.MessageEntityTextUrl(offset, length, mark.ref)
    if mark.kind == "block":
        return types.MessageEntityPre(offset, length, mark.ref)
    if mark.kind == "quote":
        return types.MessageEntityBlockquote(offset, length)
    entity = _SIMPLE.get(mark.kind)
    return entity(offset, length) if entity else None
