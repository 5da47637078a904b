"""A part of a file (RFC 9110, 14): players seek by it, and Safari plays nothing without it."""

import io
import re
from typing import BinaryIO, Final

from django.http import HttpRequest

_ONE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
OUTSIDE: Final = range(0)
"""What is asked for begins behind the end."""


def wanted(request: HttpRequest, *, size: int, tag: str) -> range | None:
    """The bytes that are asked for, `OUTSIDE`, or None for the whole: no part, several, or one of another version."""
    found = _ONE.fullmatch(request.headers.get("Range", "").strip())
    if found is None or found[0] == "bytes=-" or request.headers.get("If-Range", tag) != tag:
        return None
    first, last = found.groups()
    if not first:  # the last so many
        return range(max(size - int(last), 0), size) or OUTSIDE
    start = int(first)
    if last and int(last) < start:
        return None
    return range(start, min(int(last) + 1, size) if last else size) or OUTSIDE


def cut(content: BinaryIO, part: range) -> BinaryIO:
    """Only these bytes of it; the rest is closed."""
    with content:
        content.seek(part.start)
        return io.BytesIO(content.read(len(part)))
