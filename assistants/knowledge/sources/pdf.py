"""The text of a PDF: lines joined to paragraphs again, what repeats on every page left out."""

from __future__ import annotations

import io
import re
from collections import Counter

from assistants.knowledge.sources.troubles import Unreadable

MOST_PAGES = 1_000
_FEW_LETTERS = 8
"""On a page: a number and a stamp. A scan has no more."""
_REPEATED_FROM = 4
_SENTENCE_END = re.compile(r"[.!?:;…»”\"]$")
_NUMBER = re.compile(r"^\W*\d{1,4}\W*$")
_ITEM = re.compile(r"^(?:[-*•–—▪]|\d{1,3}[.)])\s")


def text_of(data: bytes) -> str:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("encrypted")
        if len(reader.pages) > MOST_PAGES:
            raise Unreadable("too_many_pages", limit=MOST_PAGES)
        pages = [page.extract_text().splitlines() for page in reader.pages]
    except (FileNotDecryptedError, DependencyError):
        raise Unreadable("encrypted") from None
    except PyPdfError:
        raise Unreadable("broken") from None
    text = "\n\n".join(filter(None, map(_joined, _without_frames(pages))))
    letters = sum(map(str.isalpha, text))
    if letters <= _FEW_LETTERS * len(pages) and any(len(page.images) for page in reader.pages):
        raise Unreadable("scanned")
    return text


def _without_frames(pages: list[list[str]]) -> list[list[str]]:
    """Pages without their numbers and without the lines that stand at the edge of most of them."""
    stripped = [[" ".join(line.split()) for line in page if line.strip()] for page in pages]
    edges = Counter(line for page in stripped for line in {*page[:2], *page[-2:]})
    often = {line for line, count in edges.items() if count >= max(_REPEATED_FROM, len(pages) * 0.6)}
    return [[line for line in page if line not in often and not _NUMBER.match(line)] for page in stripped]


def _joined(lines: list[str]) -> str:
    """Paragraphs, with an empty line before what looks like a heading: a short line after a finished sentence."""
    if not lines:
        return ""
    width = sorted(map(len, lines))[int(len(lines) * 0.9)]
    out = [lines[0]]
    for line in lines[1:]:
        last = out[-1]
        goes_on = len(last) > 0.7 * width and not _SENTENCE_END.search(last) and not _ITEM.match(line)
        if last.endswith("-") and last[-2:-1].isalpha() and line[:1].islower():
            out[-1] = last[:-1] + line
        elif goes_on or (line[:1].islower() and not _SENTENCE_END.search(last)):
            out[-1] = f"{last} {line}"
        else:
            heading = len(line) < 0.6 * width and line[:1].isupper() and not _SENTENCE_END.search(line)
            out.append(f"\n{line}" if heading and _SENTENCE_END.search(last) else line)
    return "\n".join(out)
