"""Tables in words: each row says what its columns are called, so that it is understood alone."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

_MOST_COLUMNS = 60


def in_words(rows: Iterable[Sequence[Any]], *, note: str = "") -> Iterable[str]:
    """A block of lines `Header: value` for each row under the first; `note` is added to each."""
    header: list[str] = []
    for row in rows:
        cells = [_written(cell) for cell in row[:_MOST_COLUMNS]]
        if not any(cells):
            continue
        if not header:
            header = cells
            continue
        lines = [
            f"{name}: {cell}" if name else cell
            for name, cell in zip([*header, *[""] * (len(cells) - len(header))], cells, strict=False)
            if cell
        ]
        yield "\n".join([*lines, note] if note else lines)


def in_lines(rows: Iterable[Sequence[Any]]) -> str:
    """The same with a row on each line, for a small table within a text."""
    return "\n".join(f"- {block.replace(chr(10), '; ')}" for block in in_words(rows))


def _written(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else f"{cell:%Y-%m-%d %H:%M}"
    return " ".join(str(cell).split())
