"""Texts of ours that are stored in English and read in the reader's language: notes, reasons, what went wrong.

Whoever stores one marks it with `gettext_noop`; what only the moment knows stands in it (`core.text.sentence`) or
follows a colon: `f"{marked}: {name}"`. Of a text of several lines each is translated by itself, also behind the
`BULLET` of a list. What is stored has no form of its own: the catalogue of translations knows every sentence, also an
old one.
"""

import re
import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import get_language, gettext, to_locale

from happ_project.core.text import BULLET

_JOINT = ": "
_PLACE = re.compile(r"%\((\w+)\)[sd]")
_TELLING = 12
"""Letters in a row that a sentence has at least outside its places; with fewer it would fit almost anything."""


def translated(text: str) -> str:
    """The text in the active language, as far as it is ours; words of others stay as they are."""
    whole = _exactly(text)
    return whole if whole != text else "\n".join(_of_line(line) for line in text.split("\n"))


def _of_line(line: str) -> str:
    mark, text = (BULLET, line[len(BULLET) :]) if line.startswith(BULLET) else ("", line)
    head, joint, rest = text.partition(_JOINT)
    if joint and _said(head) != head:
        return mark + _said(head) + joint + _of_line(rest)
    whole = _said(text)
    if whole != text or not joint:
        return mark + whole
    return mark + _JOINT.join(_said(part) for part in text.split(_JOINT))


def _exactly(text: str) -> str:
    return gettext(text) if text else ""


def _said(text: str) -> str:
    whole = _exactly(text)
    return whole if whole != text else _filled(text)


def _filled(text: str) -> str:
    """A sentence with values in it, the values translated too where they are words of ours."""
    for telling, pattern, translation in _sentences(get_language() or ""):
        if telling in text and (found := pattern.fullmatch(text)):
            values = {name: gettext(value) for name, value in found.groupdict().items()}
            return translation % values
    return text


@cache
def _sentences(language: str) -> list[tuple[str, re.Pattern[str], str]]:
    """Of each sentence with places for values: its longest stretch of words, how to find it, the translation.

    Those with more words of their own come first.
    """
    found: dict[str, tuple[int, str, re.Pattern[str], str]] = {}
    for key, translation in _catalogue(language):
        if not _PLACE.search(key):
            continue
        template = key.replace("%%", "%")
        words = _PLACE.split(template)[::2]
        telling = max(words, key=len)
        if len(telling.strip()) >= _TELLING:
            weight = sum(len(each) for each in words)
            found[key] = (weight, telling, _pattern(template), _PLACE.sub(r"%(\1)s", translation))
    ordered = sorted(found.values(), key=lambda each: each[0], reverse=True)
    return [(telling, pattern, translation) for _weight, telling, pattern, translation in ordered]


def _catalogue(language: str) -> Iterator[tuple[str, str]]:
    """Our own sentences with their translations, without those that have several forms or a context."""
    for directory in settings.LOCALE_PATHS:
        compiled = Path(directory) / to_locale(language) / "LC_MESSAGES" / "django.mo"
        if language and compiled.is_file():
            for key, translation in _messages(compiled.read_bytes()):
                if translation and "\0" not in key and "\4" not in key:
                    yield key, translation


def _messages(data: bytes) -> Iterator[tuple[str, str]]:
    """What a compiled catalogue holds, which gettext can look up but not list.

    GNU's MO format: their number and the places of two tables, of lengths and places of the texts (GNU gettext
    manual, "The Format of GNU MO Files").
    """
    order = "<" if data[:4] == b"\xde\x12\x04\x95" else ">"
    count, *tables = struct.unpack_from(f"{order}3I", data, 8)
    for i in range(count):
        places = [struct.unpack_from(f"{order}2I", data, table + 8 * i) for table in tables]
        key, translation = (data[at : at + length].decode() for length, at in places)
        yield key, translation


def _pattern(template: str) -> re.Pattern[str]:
    parts, seen = _PLACE.split(template), set[str]()
    made = ""
    for i, part in enumerate(parts):
        if i % 2 == 0:
            made += re.escape(part)
        elif part in seen:
            made += f"(?P={part})"
        else:
            seen.add(part)
            made += f"(?P<{part}>.+?)"
    return re.compile(made)
