"""From bytes to letters: Unicode where it is Unicode, else the encodings that Ukrainian and western files come in."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CYRILLIC = ("cp1251", "koi8-u", "cp866")
_LOOKED_AT = 65_536
_FOREIGN_LETTERS = re.compile(rb"[\x80-\xff]+")
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,30})", re.IGNORECASE)


def is_text(data: bytes) -> bool:
    """Whether people wrote it: no picture, archive or program."""
    head = data[:_LOOKED_AT]
    if any(head.startswith(mark) for mark, _name in _MARKS) or _utf16(head):
        return True
    return b"\0" not in head and len(_CONTROLS.findall(head)) <= len(head) // 200


def decode(data: bytes, *, declared: str = "", is_html: bool = False) -> str:
    """The text; `declared` is the charset that a server named, which is taken at its word only where Unicode is not."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    wide = _utf16(data[:_LOOKED_AT])
    if wide:
        return data.decode(wide, "replace")
    text = _utf8(data)
    if text is not None:
        return text
    named = [declared]
    if is_html and (found := _META_CHARSET.search(data[:4096])):
        named.append(found.group(1).decode())
    for name in named:
        text = _as_declared(data, name)
        if text is not None:
            return text
    return data.decode(_guess(data[:_LOOKED_AT]), "replace")


def _utf8(data: bytes) -> str | None:
    """None for another encoding; a few broken letters do not make it another one."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    foreign = sum(1 for letter in text[:_LOOKED_AT] if ord(letter) > 127)
    return text if text.count("\ufffd") * 50 < foreign else None


def _utf16(head: bytes) -> str:
    """The byte order, where the zeros (or Cyrillic's fours) of a text stand at every other place."""
    if len(head) < 4 or b"\0" not in head:
        return ""
    upper = (b"\0", b"\x04")
    odd, even = head[1::2], head[0::2]
    for name, high, low in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if sum(high.count(byte) for byte in upper) > len(high) * 0.9 and low.count(b"\0") <= len(low) // 100:
            return name
    return ""


def _as_declared(data: bytes, name: str) -> str | None:
    try:
        codec = codecs.lookup(name.strip()).name
        # servers name Latin-1 by default, and everything can be read as Latin-1
        return None if codec in {"iso8859-1", "ascii", "utf-8"} else data.decode(codec)
    except (LookupError, UnicodeDecodeError, ValueError):
        return None


def _guess(head: bytes) -> str:
    """Cyrillic words are runs of foreign letters; in western ones they stand alone."""
    runs = _FOREIGN_LETTERS.findall(head)
    if not runs or sum(map(len, runs)) < 2 * len(runs):
        return "cp1252"
    return max(_CYRILLIC, key=lambda name: _likeness(head.decode(name, "replace")))


def _likeness(text: Iterable[str]) -> int:
    """Small Cyrillic letters speak for a reading, capitals within a word and signs of other alphabets against it."""
    score, inside = 0, False
    for letter in text:
        if "а" <= letter <= "ґ":
            score += 1
            inside = True
        elif "Ѐ" <= letter <= "Я" or letter == "Ґ":
            score -= 2 if inside else 0
        else:
            score -= 2 if letter > "\x7f" and letter not in "«»–—’“”„…№ " else 0
            inside = False
    return score
