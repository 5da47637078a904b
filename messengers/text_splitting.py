"""Cuts a long answer into messages that fit, where a reader would pause, never inside a character."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Unit = Literal["characters", "bytes", "utf16"]

# Best place first; the cut lies after the match. A place in the first third of the piece is no good: a crumb.
_PLACES = (re.compile(r"\n[ \t]*\n\s*"), re.compile(r"\n+"), re.compile(r"[.!?…]+[\"'»”)\]]*\s+"), re.compile(r"\s+"))

_ZWJ = "\u200d"
_REGIONAL = range(0x1F1E6, 0x1F200)
_SKIN = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_HANGUL_TRAIL = range(0x1160, 0x1200)


def measure(text: str, *, unit: Unit) -> int:
    if unit == "characters":
        return len(text)
    if unit == "utf16":
        return len(text.encode("utf-16-le", "replace")) // 2
    return len(text.encode("utf-8", "replace"))


def split(text: str, limit: int, unit: Unit = "characters") -> list[str]:
    """Pieces of at most `limit`; joined they are the text, but for white space at the cuts. Blank text: no piece.

    A single grapheme longer than the limit (a family emoji in 10 bytes) is cut between code points at the worst.
    """
    pieces: list[str] = []
    rest = text.strip()
    while rest:
        cut = first(rest, limit, unit)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return pieces


def first(text: str, limit: int, unit: Unit = "characters") -> int:
    """How much of a text the first piece holds, in code points."""
    if limit < 4:
        raise ValueError("a message must hold at least one character, which may take four bytes")
    if measure(text, unit=unit) <= limit:
        return len(text)
    return _cut(text, _fitting(text, limit, unit))


def _fitting(text: str, limit: int, unit: Unit) -> int:
    """How many code points fit."""
    if unit == "characters":
        return limit
    if unit == "utf16":
        return len(text.encode("utf-16-le", "replace")[: 2 * limit].decode("utf-16-le", "ignore"))
    return len(text.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore"))


def _cut(text: str, most: int) -> int:
    """Where to cut, at `most` code points or before."""
    # White space just behind the limit is dropped anyway, so a piece may end exactly at the limit.
    window = text[: most + 1]
    for place in _PLACES:
        ends = [found.start() + len(found.group().rstrip()) for found in place.finditer(window)]
        good = [end for end in ends if most // 3 < end <= most]
        if good:
            return good[-1]
    cut = most
    while cut > 1 and not _is_boundary(text, cut):
        cut -= 1
    return cut if cut > 1 or _is_boundary(text, 1) else most


def _is_boundary(text: str, at: int) -> bool:
    """Does a new grapheme begin at this index? The rules of UAX #29 that matter in messages."""
    before, after = text[at - 1], text[at]
    code = ord(after)
    if after == _ZWJ or before == _ZWJ or unicodedata.category(after) in ("Mn", "Me", "Mc"):
        return False
    if code in _SKIN or code in _TAGS or code in _HANGUL_TRAIL or (before == "\r" and after == "\n"):
        return False
    if code in _REGIONAL:
        start = at
        while start > 0 and ord(text[start - 1]) in _REGIONAL:
            start -= 1
        return (at - start) % 2 == 0
    return True
