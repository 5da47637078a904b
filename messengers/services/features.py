"""The features table: what each messenger can do, read from what its adapter says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, override

from messengers import registry
from messengers.capabilities import Capabilities

Value = Literal["yes", "limited", "no", "text"]

_FIRST = ("telegram", "instagram", "whatsapp", "facebook", "viber")
"""The columns that people look for first, in this order; the others follow as they are registered."""
_LABELS = {
    "text": gettext_lazy("Text messages"),
    "image": gettext_lazy("Images"),
    "voice": gettext_lazy("Voice messages"),
    "groups": gettext_lazy("Group chats"),
    "stickers": gettext_lazy("Stickers"),
    "setup": gettext_lazy("Setup"),
    "video": gettext_lazy("Videos"),
    "document": gettext_lazy("Documents"),
    "delivery_reports": gettext_lazy("Delivered and read shown"),
    "typing": gettext_lazy("“Is typing” shown to the customer"),
}
_FILES = {"image": "image", "voice": "voice", "stickers": "sticker", "video": "video", "document": "document"}


@dataclass(frozen=True)
class Cell:
    """`value` decides the look, `words` is what is read; `note`: the number of its footnote, 0 for none."""

    value: Value
    words: str
    note: int = 0


@dataclass(frozen=True)
class Row:
    name: str
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Feature:
    """One cell of a column with what its row and its footnote say."""

    name: str
    label: str
    cell: Cell
    note: str


@dataclass(frozen=True)
class Column:
    """One messenger; `setup` says in words how it is connected."""

    adapter: type[Any]
    setup: str
    features: tuple[Feature, ...]


@dataclass(frozen=True)
class Table:
    """`adapters` are the columns; `notes` the footnotes, the first of which is number 1."""

    adapters: tuple[type[Any], ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]

    def of(self, kind: str) -> Column:
        """One messenger's column, for its own card."""
        place = next(i for i, adapter in enumerate(self.adapters) if adapter.kind == kind)
        features = tuple(
            Feature(row.name, row.label, row.cells[place], self.note_of(row.cells[place])) for row in self.rows
        )
        setup = next(feature for feature in features if feature.cell.value == "text")
        return Column(self.adapters[place], setup.cell.words, tuple(each for each in features if each is not setup))

    @property
    def columns(self) -> list[Column]:
        return [self.of(adapter.kind) for adapter in self.adapters]

    def note_of(self, cell: Cell) -> str:
        return self.notes[cell.note - 1] if cell.note else ""


def table(kinds: Sequence[str] | None = None) -> Table:
    """The table in the language of now: of every messenger that can be added, or of these kinds only."""
    adapters = [
        adapter
        for adapter in registry.all()
        if (adapter.kind in kinds if kinds is not None else not adapter.capabilities.hidden)
    ]
    adapters.sort(key=lambda adapter: _FIRST.index(adapter.kind) if adapter.kind in _FIRST else len(_FIRST))
    notes: list[str] = []
    rows = []
    for name, label in _LABELS.items():
        cells = tuple(_cell(name, adapter.capabilities, notes) for adapter in adapters)
        rows.append(Row(name, str(label), cells))
    return Table(tuple(adapters), tuple(rows), tuple(notes))


def _cell(name: str, able: Capabilities, notes: list[str]) -> Cell:
    if name == "setup":
        return Cell("text", _(able.setup) if able.setup else _effort(able))
    value, note = _value(name, able), able.notes.get(name, "")
    if name in _FILES and value == "no" and not note:
        rule = able.attachments.get(_FILES[name])
        note = gettext_noop("received, not sent") if rule and rule.receive else note
        note = gettext_noop("sent, not received") if rule and rule.send else note
    words = {"yes": _("yes"), "limited": _("limited"), "no": _("no")}[value]
    return Cell(value, words, _numbered(str(_(str(note))), notes) if note else 0)


def _value(name: str, able: Capabilities) -> Literal["yes", "limited", "no"]:
    """Yes is both ways: received and sent."""
    there = {
        "text": able.text_limit > 0,
        "groups": able.groups,
        "delivery_reports": able.delivery_reports,
        "typing": able.typing,
    }.get(name)
    if there is None:
        rule = able.attachments.get(_FILES[name])
        there = rule is not None and rule.receive and rule.send and (name != "stickers" or able.stickers)
    if not there:
        return "no"
    return "limited" if name in able.limited else "yes"


def _numbered(note: str, notes: list[str]) -> int:
    if note not in notes:
        notes.append(note)
    return notes.index(note) + 1


def _effort(able: Capabilities) -> str:
    return {
        "none": _("Ready at once"),
        "minutes": _("A few minutes"),
        "review": _("Needs the platform's approval"),
    }[able.setup_effort]


def markdown() -> str:
    """The table for the docs, in English."""
    with override("en"):
        whole = table()
    head = ["Feature", *(adapter.title for adapter in whole.adapters)]
    lines = [head, ["---"] * len(head)]
    lines += [[row.label, *(_words(cell) for cell in row.cells)] for row in whole.rows]
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    if whole.notes:
        text += "\n\n" + "\n".join(f"{i}. {note}" for i, note in enumerate(whole.notes, start=1))
    return text + "\n"


def _words(cell: Cell) -> str:
    return f"{cell.words} ({cell.note})" if cell.note else cell.words
