"""How long a voice note is and where it is loud, read from the file itself: an Ogg stream with Opus inside.

Nothing is decoded. Opus spends more bytes on louder and richer moments, so the sizes of its packets draw the bars well
enough; players only show them. Formats: RFC 3533 (Ogg) and RFC 7845 (Opus in Ogg).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_RATE = 48_000  # of the positions in an Ogg stream with Opus, whatever the recording had
_BARS = 100
_LOUDEST = 31


@dataclass(frozen=True, slots=True)
class Heard:
    seconds: int
    levels: tuple[int, ...]


def listen(data: bytes) -> Heard | None:
    """None if it is no Ogg Opus file."""
    if data[:4] != b"OggS" or b"OpusHead" not in data[:100]:
        return None
    sizes: list[int] = []
    end = skipped = 0
    for position, packets, body in _pages(data):
        if body[:8] == b"OpusHead" and len(body) >= 12:
            skipped = int.from_bytes(body[10:12], "little")
        elif body[:8] != b"OpusTags":
            sizes += packets
        if 0 <= position < 2**62:
            end = max(end, position)
    return Heard(max(round((end - skipped) / _RATE), 1), _bars(sizes))


def _pages(data: bytes) -> Iterator[tuple[int, list[int], bytes]]:
    """Of each page: the position it ends at, the sizes of its packets, its body."""
    at = 0
    while data[at : at + 4] == b"OggS" and at + 27 <= len(data):
        position = int.from_bytes(data[at + 6 : at + 14], "little", signed=True)
        table = data[at + 27 : at + 27 + data[at + 26]]
        start = at + 27 + len(table)
        packets, size = [], 0
        for length in table:
            size += length
            if length < 255:
                packets.append(size)
                size = 0
        yield position, packets, data[start : start + sum(table)]
        at = start + sum(table)


def _bars(sizes: Sequence[int]) -> tuple[int, ...]:
    if not sizes:
        return (0,) * _BARS
    low, high = min(sizes), max(sizes)
    span = (high - low) or 1
    bars = []
    for i in range(_BARS):
        part = sizes[i * len(sizes) // _BARS : max((i + 1) * len(sizes) // _BARS, i * len(sizes) // _BARS + 1)]
        bars.append(round((max(part) - low) / span * _LOUDEST))
    return tuple(bars)


def pack(levels: Sequence[int]) -> bytes:
    """Five bits a bar, the lowest first, as Telegram stores it."""
    bits = sum((level & _LOUDEST) << (5 * i) for i, level in enumerate(levels))
    return bits.to_bytes((len(levels) * 5 + 7) // 8, "little")
