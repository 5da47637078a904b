"""Which files can be read, told by what is in them; a name that says otherwise is pointed out."""

from __future__ import annotations

import os
from dataclasses import dataclass

from assistants.knowledge.sources import decoding
from assistants.knowledge.sources.troubles import Unreadable

_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Format:
    """`rows`: a table, of which each row is a passage."""

    name: str
    mime: str
    most_bytes: int
    rows: bool = False

    @property
    def extension(self) -> str:
        return f".{self.name}"


PDF = Format("pdf", "application/pdf", 50 * _MB)
DOCX = Format("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", 50 * _MB)
XLSX = Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 10 * _MB, rows=True)
TXT = Format("txt", "text/plain", 10 * _MB)
MD = Format("md", "text/markdown", 10 * _MB)
CSV = Format("csv", "text/csv", 10 * _MB, rows=True)
HTML = Format("html", "text/html", 10 * _MB)

UPLOADED = (PDF, DOCX, XLSX, TXT, MD, CSV)
ALL = {each.name: each for each in (*UPLOADED, HTML)}
EXTENSIONS = tuple(each.extension for each in UPLOADED)
LARGEST = max(each.most_bytes for each in UPLOADED)

_PDF_WITHIN = 1024  # some programs write a line before the mark
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WRITTEN = {".md": MD, ".markdown": MD, ".csv": CSV, ".tsv": CSV, ".txt": TXT, "": TXT}
_BY_MIME = {"text/markdown": MD, "text/csv": CSV, "text/html": HTML, "application/xhtml+xml": HTML}


def of_upload(data: bytes, *, name: str) -> Format:
    """What the file is; raises `Unreadable` for what we do not read and for a name that does not fit."""
    extension = os.path.splitext(name)[1].lower()
    found = _of_content(data, extension=extension)
    if found is None:
        found = _WRITTEN.get(extension)
        if found is None and extension in EXTENSIONS:
            raise Unreadable("wrong_extension", extension=extension, content=TXT.extension)
        if found is None:
            raise Unreadable("unsupported")
    elif extension in EXTENSIONS and extension != found.extension:
        raise Unreadable("wrong_extension", extension=extension, content=found.extension)
    _check_size(data, found)
    return found


def of_page(data: bytes, *, mime: str) -> Format:
    """What an address led to; `mime` is the server's word, which decides among the written ones."""
    try:
        found = _of_content(data)
    except Unreadable as trouble:
        if trouble.code == "unsupported":
            raise Unreadable("not_a_page", content=mime or "?") from None
        raise Unreadable("empty_page") if trouble.code == "empty_file" else trouble from None
    if found is None:
        begins = data[:1024].lower()
        found = _BY_MIME.get(mime) or (HTML if b"<html" in begins or b"<!doctype html" in begins else TXT)
    _check_size(data, found)
    return found


def _of_content(data: bytes, *, extension: str = "") -> Format | None:
    """None for something written, which only its name can tell further."""
    if not data.strip(b"\0 \t\r\n"):
        raise Unreadable("empty_file")
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return PDF
    if data.startswith(b"PK"):
        # the names of an archive's members stand in it in plain letters, so that nothing is unpacked here
        for each, member in ((DOCX, b"word/document.xml"), (XLSX, b"xl/workbook.xml")):
            if member in data:
                return each
        raise Unreadable("broken" if extension in {DOCX.extension, XLSX.extension} else "unsupported")
    if data.startswith(_COMPOUND_FILE):
        raise Unreadable("encrypted" if _ENCRYPTED in data else "old_office")
    if data.startswith(b"{\\rtf") or not decoding.is_text(data):
        raise Unreadable("unsupported")
    return None


def _check_size(data: bytes, found: Format) -> None:
    if len(data) > found.most_bytes:
        raise Unreadable("too_large", megabytes=found.most_bytes // _MB)
