"""The text of Word documents and the rows of Excel sheets."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from assistants.knowledge.sources import rows
from assistants.knowledge.sources.troubles import Unreadable

if TYPE_CHECKING:
    from docx.table import Table
    from docx.text.paragraph import Paragraph

_MOST_UNPACKED = 300 * 1024 * 1024
_MOST_MEMBERS = 10_000
MOST_ROWS = 20_000
_HEADING = re.compile(r"^(?:Heading (\d)|Title)$")


def text_of_word(data: bytes) -> str:
    from docx import Document
    from docx.table import Table

    _check_archive(data)
    text, last = "", ""
    for block in Document(io.BytesIO(data)).iter_inner_content():
        piece = _table(block) if isinstance(block, Table) else _line(block)
        if piece:
            # the items of a list stand together
            text += ("\n" if piece.startswith("- ") and last.startswith("- ") else "\n\n") + piece
            last = piece
    return text


def _line(paragraph: Paragraph) -> str:
    text = paragraph.text.strip()
    style = str(paragraph.style.name) if paragraph.style is not None else ""
    if not text:
        return ""
    if heading := _HEADING.match(style):
        return f"{'#' * min(int(heading.group(1) or 1), 6)} {text}"
    return f"- {text}" if style.startswith("List") else text


def _table(table: Table) -> str:
    return rows.in_lines([[cell.text for cell in row.cells] for row in table.rows])


def text_of_sheets(data: bytes) -> str:
    """A block for each row; rows of a book of several sheets name theirs."""
    from openpyxl import load_workbook

    _check_archive(data)
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    several = len(book.worksheets) > 1
    blocks: list[str] = []
    for sheet in book.worksheets:
        note = f"({sheet.title})" if several else ""
        for block in rows.in_words(_limited(sheet.iter_rows(values_only=True)), note=note):
            blocks.append(block)
            if len(blocks) > MOST_ROWS:
                raise Unreadable("too_many_passages", limit=MOST_ROWS)
    return "\n\n".join(blocks)


def _limited(cells: Iterator[tuple]) -> Iterator[tuple]:
    """A sheet may claim a million empty rows."""
    empty = 0
    for row in cells:
        empty = 0 if any(cell is not None for cell in row) else empty + 1
        if empty > MOST_ROWS:
            return
        yield row


def _check_archive(data: bytes) -> None:
    """Sizes are asked before anything is unpacked: a small archive can hold terabytes."""
    try:
        members = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except zipfile.BadZipFile:
        raise Unreadable("broken") from None
    if len(members) > _MOST_MEMBERS or sum(member.file_size for member in members) > _MOST_UNPACKED:
        raise Unreadable("too_heavy")
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable("encrypted")
