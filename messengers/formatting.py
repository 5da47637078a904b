"""A formatted text in what a messenger speaks, in pieces that it takes: plain, with signs, or with marks beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from happ_project.core.formatted import WEB, Formatted, Mark
from messengers import text_splitting
from messengers.capabilities import Capabilities

_SIGNS = {"bold": "*", "italic": "_", "strike": "~", "code": "```", "block": "```"}
"""What WhatsApp and Viber read: https://faq.whatsapp.com/539178204879377,
https://developers.viber.com/docs/tools/text-formatting/. There is no sign that takes another's meaning away."""
_LINES = ("code", "block")  # may hold more than one line
_WHOLE = ("link", "code", "mention")  # not cut if a cut before them will do
_LEAST = 4


def pieces(said: Formatted, able: Capabilities) -> list[Formatted]:
    """The messages that a text goes out as. Each fits the limit as it is sent and opens and closes its own formats."""
    rest = _prepared(said, able).stripped()
    found: list[Formatted] = []
    while rest.text:
        cut, piece = _first(rest, able)
        found.append(piece)
        rest = rest.part(cut, len(rest.text)).stripped()
    return found


def whole(said: Formatted, able: Capabilities) -> Formatted:
    """The text as one message, however long."""
    return _written(_prepared(said, able), able)


def plain(said: Formatted, able: Capabilities, *, is_caption: bool = False) -> Formatted:
    """A piece for a messenger that refused its formatting: with the addresses of links in it, if they find room."""
    full = Formatted(said.expanded().text)
    limit = able.caption_limit or able.text_limit if is_caption else able.text_limit
    return full if text_splitting.measure(full.text, unit=able.text_unit) <= limit else Formatted(said.text)


def _prepared(said: Formatted, able: Capabilities) -> Formatted:
    return said.contracted(WEB).outside_code() if able.formatting == "marks" else said.outside_code()


def _written(said: Formatted, able: Capabilities) -> Formatted:
    if able.formatting == "marks":
        return said
    return Formatted(_with_signs(said) if able.formatting == "signs" else said.text)


def _first(rest: Formatted, able: Capabilities) -> tuple[int, Formatted]:
    """How much of the text the first piece holds, and the piece; signs take room, too."""
    room = able.text_limit
    while room >= _LEAST:
        cut = _beside_whole(rest, text_splitting.first(rest.text, room, able.text_unit))
        piece = _written(rest.part(0, cut).stripped(), able)
        over = text_splitting.measure(piece.text, unit=able.text_unit) - able.text_limit
        if over <= 0:
            return cut, piece
        room -= over
    cut = text_splitting.first(rest.text, able.text_limit, able.text_unit)
    return cut, Formatted(rest.text[:cut].rstrip())


def _beside_whole(rest: Formatted, cut: int) -> int:
    """The cut, or one before the link that it would go through, unless that leaves a crumb."""
    through = (mark for mark in rest.marks if mark.kind in _WHOLE and mark.start < cut < mark.end)
    return min((mark.start for mark in through if mark.start > cut // 3), default=cut)


def _with_signs(said: Formatted) -> str:
    """WhatsApp's and Viber's own formatting. What their rules would not show is left plain, so no sign is seen."""
    signed = Formatted(said.text, tuple(sorted(_signable(said), key=lambda mark: (mark.start, -mark.end))))
    return "".join(_SIGNS[what.kind] if isinstance(what, Mark) else what for _step, what in signed.nested())


def _signable(said: Formatted) -> list[Mark]:
    """Whole words within a line, one inside the other or apart."""
    found: list[Mark] = []
    for mark in said.marks:
        for line in _lines(said.text, mark) if mark.kind in _SIGNS else ():
            line = _trimmed(said.text, _past(line, found))
            if line.start < line.end and _is_readable(said.text, line):
                found.append(line)
    return found


def _lines(text: str, mark: Mark) -> Iterator[Mark]:
    if mark.kind in _LINES:
        yield mark
        return
    start = mark.start
    for line in text[mark.start : mark.end].split("\n"):
        yield replace(mark, start=start, end=start + len(line))
        start += len(line) + 1


def _past(mark: Mark, known: list[Mark]) -> Mark:
    """Without what lies in a mark that began earlier and ends earlier."""
    crossed = (each.end for each in known if each.start < mark.start < each.end < mark.end)
    return replace(mark, start=max(crossed, default=mark.start))


def _trimmed(text: str, mark: Mark) -> Mark:
    words = text[mark.start : mark.end]
    return replace(mark, start=mark.end - len(words.lstrip()), end=mark.start + len(words.rstrip()))


def _is_readable(text: str, mark: Mark) -> bool:
    """Would the sign be read as one? Not within a word, and not where the same sign stands between the two."""
    before, after = text[mark.start - 1 : mark.start], text[mark.end : mark.end + 1]
    return not (before.isalnum() or after.isalnum() or _SIGNS[mark.kind] in text[mark.start : mark.end])
