"""Small real files, made by the libraries that people's programs resemble."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from PIL import Image


def pdf(*pages: str, password: str = "", scanned: bool = False) -> bytes:
    """Pages of lines; `scanned`: pictures of pages only."""
    from pypdf import PdfWriter

    writer = PdfWriter()
    for page in pages:
        writer.append(io.BytesIO(_page(page)))
    if scanned:
        picture = io.BytesIO()
        Image.new("RGB", (40, 60), "white").save(picture, "PDF")
        writer.append(io.BytesIO(picture.getvalue()))
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _page(text: str) -> bytes:
    """pypdf reads and joins but does not write text: the few objects of a page by hand."""
    shown = b"".join(
        f"({line}) Tj T*\n".encode("latin-1") for line in text.replace("(", "\\(").replace(")", "\\)").split("\n")
    )
    stream = b"BT /F1 12 Tf 14 TL 40 800 Td\n" + shown + b"ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, table)
    return bytes(out)


def word(*paragraphs: str | tuple[str, str], table: Sequence[Sequence[str]] = ()) -> bytes:
    """Paragraphs, those of a style as (style, text), and a table at the end."""
    from docx import Document

    document = Document()
    for paragraph in paragraphs:
        style, text = paragraph if isinstance(paragraph, tuple) else (None, paragraph)
        document.add_paragraph(text, style=style)
    if table:
        made = document.add_table(rows=0, cols=len(table[0]))
        for row in table:
            for cell, text in zip(made.add_row().cells, row, strict=True):
                cell.text = text
    return _saved(document)


def excel(**sheets: Sequence[Sequence[Any]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    return _saved(book)


def _saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
