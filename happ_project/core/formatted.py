"""Text with its formatting beside it: the text is complete and readable alone, marks say how parts of it look.

Nobody has to know of marks to show, search or quote a text, and no character of it is ever read as formatting. The
address of a link stands in the text, in brackets behind the link's words: "our page (https://shop.example)". The mark
covers both; whoever can show a link takes the address out of sight (`contracted`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import accumulate, pairwise
from typing import Any, Literal, NamedTuple, get_args

MarkKind = Literal["bold", "italic", "underline", "strike", "spoiler", "code", "block", "quote", "link", "mention"]

WEB = frozenset({"http", "https"})
SAFE = WEB | {"mailto", "tel"}
"""What an address that somebody else wrote may begin with, to be opened by a press."""

_KINDS = frozenset(get_args(MarkKind))
_STYLES = ("bold", "italic", "underline", "strike", "spoiler")
_VERBATIM = ("code", "block")
_MOST = 500  # marks of one text
_MOST_COMPARED = 1_000  # words and signs, which takes 0.2 s at the worst
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_HOST = re.compile(r"(?:[\w-]+\.)+\w{2,}")
_TOKENS = re.compile(r"\w+|\W")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How the characters from `start` up to `end` look. `ref`: a link's address, a block's language, a person's id."""

    kind: MarkKind
    start: int
    end: int
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Formatted:
    """Offsets count characters (code points) of `text`. Marks may overlap in any way; made by `tidy` they are sound."""

    text: str = ""
    marks: tuple[Mark, ...] = ()

    def part(self, start: int, end: int) -> Formatted:
        """What stands there, with the part of each mark that lies in it."""
        moved = (replace(mark, start=mark.start - start, end=mark.end - start) for mark in self.marks)
        return tidy(self.text[start:end], moved)

    def stripped(self) -> Formatted:
        """Without white space at the ends."""
        rest = self.text.strip()
        start = len(self.text) - len(self.text.lstrip())
        return self if rest == self.text else self.part(start, start + len(rest))

    def joined(self, others: Sequence[Formatted]) -> Formatted:
        """The others one after the other with this between them, as for strings."""
        text, marks = "", list[Mark]()
        for place, other in enumerate(others):
            for each in (self, other) if place else (other,):
                marks += (replace(mark, start=mark.start + len(text), end=mark.end + len(text)) for mark in each.marks)
                text += each.text
        return tidy(text, marks)

    def without(self, start: int, end: int) -> Formatted:
        """With these characters taken out."""

        def moved(at: int) -> int:
            return at - (min(at, end) - start) if at > start else at

        marks = (replace(mark, start=moved(mark.start), end=moved(mark.end)) for mark in self.marks)
        return tidy(self.text[:start] + self.text[end:], marks)

    def reworded(self, text: str) -> Formatted:
        """The text was changed by somebody who does not see marks: they stay on the words that stay."""
        before, after = self.text, text
        if not self.marks or before == after:
            return Formatted(after, self.marks)
        kept = _kept(before, after)
        marks = []
        for mark in self.marks:
            stays = [_within(mark, piece) for piece in kept if piece.start < mark.end and mark.start < piece.end]
            if not stays:
                continue
            moved = replace(mark, start=stays[0][0], end=stays[-1][1])
            was, now = before[mark.start : mark.end], after[moved.start : moved.end]
            if mark.kind != "link" or was == now or now.endswith(_suffix(mark.ref)):
                marks.append(moved)  # a link of which the address was changed in the text is none any more
        return tidy(after, marks)

    def expanded(self) -> Formatted:
        """With the addresses of links written behind their words, where words alone are marked."""
        text, marks = self.text, list(self.marks)
        for link in sorted((mark for mark in self.marks if mark.kind == "link"), key=lambda mark: -mark.end):
            added = len(with_address(text[link.start : link.end], link.ref)) - (link.end - link.start)
            if added:
                text = text[: link.end] + _suffix(link.ref) + text[link.end :]
                marks = [_made_room(mark, link, added) for mark in marks]
        return tidy(text, marks)

    def contracted(self, schemes: Collection[str]) -> Formatted:
        """With addresses out of sight where these schemes make a link of the words; other links are text alone.

        Words that look like another address than the link's leave it in sight.
        """
        said = Formatted(self.text, tuple(mark for mark in self.marks if mark.kind != "link" or _is(mark.ref, schemes)))
        for mark in sorted((mark for mark in said.marks if mark.kind == "link"), key=lambda mark: -mark.start):
            end = _words_end(said.text, mark)
            if not _poses(said.text[mark.start : end], mark.ref):
                said = said.without(end, mark.end)
        return said

    def outside_code(self) -> Formatted:
        """Code is shown as it is: no other mark lies on it (a link and a quote may hold it as a whole)."""
        marks = list(self.marks)
        for code in (mark for mark in self.marks if mark.kind in _VERBATIM):
            marks = [piece for mark in marks for piece in (_around(mark, code) if mark is not code else (mark,))]
        return tidy(self.text, marks)

    def nested(self) -> Iterator[tuple[Literal["open", "close"], Mark] | tuple[Literal["text"], str]]:
        """What a writer of nested marks does, from left to right: overlapping marks are closed and opened again."""
        stack: list[Mark] = []
        bounds = sorted({0, len(self.text), *(mark.start for mark in self.marks), *(mark.end for mark in self.marks)})
        for at, until in pairwise([*bounds, len(self.text)]):
            deepest = next((i for i, mark in enumerate(stack) if mark.end <= at), len(stack))
            ended, stack = stack[deepest:], stack[:deepest]
            for mark in reversed(ended):
                yield "close", mark
            again = [mark for mark in ended if mark.end > at]
            for mark in [*again, *(mark for mark in self.marks if mark.start == at)]:
                stack.append(mark)
                yield "open", mark
            if until > at:
                yield "text", self.text[at:until]

    def marks_in_utf16(self) -> list[Mark]:
        """The marks with offsets in UTF-16 code units, as Telegram and JavaScript count."""
        units = [0]
        for character in self.text:
            units.append(units[-1] + (2 if ord(character) > 0xFFFF else 1))
        return [replace(mark, start=units[mark.start], end=units[mark.end]) for mark in self.marks]

    def for_browser(self) -> dict[str, Any]:
        """JSON for a script; marks only where there are any."""
        marks = Formatted(self.text, tuple(self.marks_in_utf16())).marks_json()
        return {"text": self.text, **({"marks": marks} if marks else {})}

    def marks_json(self) -> list[dict[str, Any]]:
        return [{"kind": mark.kind, "start": mark.start, "end": mark.end, "ref": mark.ref} for mark in self.marks]


NOTHING = Formatted()


def tidy(text: str, marks: Iterable[Mark]) -> Formatted:
    """Sound: within the text, none empty, no two of a style that touch, sorted so that the longer one opens first."""
    kept: list[Mark] = []
    last: dict[str, int] = {}
    for mark in sorted(marks, key=lambda mark: (mark.start, -mark.end, mark.kind, mark.ref)):
        mark = replace(mark, start=max(mark.start, 0), end=min(mark.end, len(text)))
        if mark.start >= mark.end:
            continue
        same = last.get(mark.kind) if mark.kind in _STYLES else None
        if same is not None and mark.start <= kept[same].end:
            kept[same] = replace(kept[same], end=max(kept[same].end, mark.end))
            continue
        last[mark.kind] = len(kept)
        kept.append(mark)
    return Formatted(text, tuple(sorted(kept[:_MOST], key=lambda mark: (mark.start, -mark.end))))


def from_json(text: str, marks: Sequence[Mapping[str, Any]]) -> Formatted:
    """What `marks_json` gave; old rows have none."""
    known = [each for each in marks if each.get("kind") in _KINDS]
    return tidy(text, (Mark(**{name: each[name] for name in ("kind", "start", "end", "ref")}) for each in known))


def from_utf16(text: str, marks: Iterable[Mark]) -> Formatted:
    """The marks count UTF-16 code units; what lies outside of the text, or cuts a character, is corrected."""
    places: list[int] = []
    for place, character in enumerate(text):
        places += [place] * (2 if ord(character) > 0xFFFF else 1)
    places.append(len(text))

    def at(unit: int) -> int:
        return places[min(max(unit, 0), len(places) - 1)]

    return tidy(text, (replace(mark, start=at(mark.start), end=at(mark.end)) for mark in marks))


def with_address(words: str, address: str) -> str:
    """A link's words as plain text: with the address behind them, unless they say it themselves."""
    return words if not address or _shown(address).rstrip("/") in words else words + _suffix(address)


def _shown(address: str) -> str:
    return address.removeprefix("mailto:").removeprefix("tel:")


def _suffix(address: str) -> str:
    return f" ({_shown(address)})"


def _words_end(text: str, link: Mark) -> int:
    """Where the words of a link end, before its address."""
    suffix = _suffix(link.ref)
    covered = text[link.start : link.end]
    return link.end - len(suffix) if link.ref and covered.endswith(suffix) and covered != suffix else link.end


def _poses(words: str, address: str) -> bool:
    named = _HOST.search(words)
    return named is not None and named[0].lower() not in address.lower()


def _is(address: str, schemes: Collection[str]) -> bool:
    found = _SCHEME.match(address)
    return found is not None and found[1].lower() in schemes


def _made_room(mark: Mark, link: Mark, added: int) -> Mark:
    """Where a mark is when a link has grown at its end."""
    start = mark.start + added if mark.start >= link.end else mark.start
    return replace(mark, start=start, end=mark.end + added if mark.end > link.end or mark == link else mark.end)


def _around(mark: Mark, code: Mark) -> tuple[Mark, ...]:
    """What of a mark lies beside some code."""
    if mark.end <= code.start or code.end <= mark.start or mark.kind in ("quote", "link"):
        return (mark,)
    return (replace(mark, end=code.start), replace(mark, start=code.end))


class _Piece(NamedTuple):
    """What stands in one text from `start` to `end` stands in the other from `to` to `until`."""

    start: int
    end: int
    to: int
    until: int


def _kept(before: str, after: str) -> list[_Piece]:
    """The words that two texts share, and those that stand for others, as many in the one as in the other."""
    old, new = _TOKENS.findall(before), _TOKENS.findall(after)
    from_old, from_new = _places(old), _places(new)
    least = min(len(old), len(new))
    head = next((i for i in range(least) if old[i] != new[i]), least)
    tail = next((i for i in range(least - head) if old[-1 - i] != new[-1 - i]), least - head)
    end, until = len(old) - tail, len(new) - tail
    found = [_Piece(0, from_old[head], 0, from_new[head])]
    if max(end, until) - head <= _MOST_COMPARED:
        for what, i, to_i, j, to_j in SequenceMatcher(None, old[head:end], new[head:until]).get_opcodes():
            if what == "equal" or (what == "replace" and to_i - i == to_j - j):
                for a, b in zip(range(head + i, head + to_i), range(head + j, head + to_j), strict=True):
                    found.append(_Piece(from_old[a], from_old[a + 1], from_new[b], from_new[b + 1]))
    found.append(_Piece(from_old[end], len(before), from_new[until], len(after)))
    return found


def _within(mark: Mark, piece: _Piece) -> tuple[int, int]:
    """Where the part of a mark that lies in a piece is in the other text."""
    if piece.end - piece.start != piece.until - piece.to:
        return piece.to, piece.until
    return max(mark.start, piece.start) - piece.start + piece.to, min(mark.end, piece.end) - piece.start + piece.to


def _places(tokens: Sequence[str]) -> list[int]:
    return [0, *accumulate(map(len, tokens))]
