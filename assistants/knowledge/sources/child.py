"""The process in which a document is parsed: it has little memory, little time and nobody's secrets.

`python -m assistants.knowledge.sources.child FORMAT CHARSET` reads the document from its input and writes one JSON
object: `{"text": …}` or `{"code": …, "params": {…}}`.
"""

from __future__ import annotations

import json
import resource
import sys
import zipfile

from assistants.knowledge.sources import decoding, formats, office, pdf, written
from assistants.knowledge.sources.troubles import Unreadable

MEMORY = 1024 * 1024 * 1024
SECONDS = 90
MOST_CHARACTERS = 3_000_000


def main() -> None:
    name, declared = sys.argv[1:]
    # before the parsers are loaded; a file may not be written, no process started
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        resource.setrlimit(kind, (most, most))
    try:
        told = {"text": read(sys.stdin.buffer.read(), name=name, declared=declared)}
    except Unreadable as trouble:
        told = trouble.as_json()
    except (MemoryError, RecursionError):
        told = Unreadable("too_heavy").as_json()
    except Exception as error:  # noqa: BLE001 - parsers raise whatever they like at a damaged file
        print(f"{type(error).__name__}: {error}"[:500], file=sys.stderr)  # noqa: T201 - the parent logs it
        told = Unreadable("broken").as_json()
    json.dump(told, sys.stdout)


def read(data: bytes, *, name: str, declared: str = "") -> str:
    """The text of a document of the format `name`; raises `Unreadable`, and anything at a damaged file."""
    text = _text(data, name=name, declared=declared).replace("\0", "").replace("\r\n", "\n").strip()
    if not any(map(str.isalnum, text)):
        raise Unreadable("empty_page" if name == formats.HTML.name else "no_text")
    if len(text) > MOST_CHARACTERS:
        raise Unreadable("too_much_text", limit=MOST_CHARACTERS)
    return text


def _text(data: bytes, *, name: str, declared: str) -> str:
    try:
        if name == formats.PDF.name:
            return pdf.text_of(data)
        if name == formats.DOCX.name:
            return office.text_of_word(data)
        if name == formats.XLSX.name:
            return office.text_of_sheets(data)
    except zipfile.BadZipFile:
        raise Unreadable("broken") from None
    if name == formats.HTML.name:
        return written.text_of_page(data, declared=declared)
    if name == formats.CSV.name:
        return written.text_of_csv(data, declared=declared)
    return decoding.decode(data, declared=declared)


if __name__ == "__main__":
    main()
