"""The text of web pages and of files that are text already."""

from __future__ import annotations

import csv
import io
import re

from assistants.knowledge.sources import decoding, rows
from assistants.knowledge.sources.troubles import Unreadable

MOST_ROWS = 20_000
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_RULE = re.compile(r"^\|?(?:\s*:?-{3,}:?\s*\|?)+$")
_FRAME = ["//nav", "//footer", "//noscript", "//*[@role='navigation']"]
"""Never what a page is about; of a page of few words they would be most."""


def text_of_page(data: bytes, *, declared: str) -> str:
    """What the page is about, without its menus and footers; headings marked with `#`, tables in words."""
    import trafilatura

    html = decoding.decode(data, declared=declared, is_html=True)
    if "<html" not in html[:4096].lower():
        html = f"<html><body>{html}</body></html>"  # a piece is no page to the parser
    text = trafilatura.extract(
        html, output_format="txt", include_formatting=True, include_comments=False, include_tables=True,
        favor_recall=True, prune_xpath=_FRAME,
    )  # fmt: skip
    return _tables_in_words(_BOLD.sub(r"\2", text or ""))


def _tables_in_words(text: str) -> str:
    """Trafilatura writes tables with bars; a bar says nothing to whoever reads one row."""
    out: list[str] = []
    table: list[list[str]] = []
    for line in [*text.split("\n"), ""]:
        row = line.strip()
        if row.startswith("|") and row.count("|") > 1:
            if not _RULE.match(row):
                table.append([cell.strip() for cell in row.strip("|").split("|")])
            continue
        if table:
            # a single row is no table but a layout
            out.append(rows.in_lines(table) if len(table) > 1 else " ".join(filter(None, table[0])))
            table = []
        out.append(line)
    return "\n".join(out).strip()


def text_of_csv(data: bytes, *, declared: str) -> str:
    """A block for each row."""
    text = decoding.decode(data, declared=declared)
    csv.field_size_limit(1_000_000)
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:8192], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        blocks = []
        for block in rows.in_words(csv.reader(io.StringIO(text, newline=""), dialect)):
            blocks.append(block)
            if len(blocks) > MOST_ROWS:
                raise Unreadable("too_many_passages", limit=MOST_ROWS)
    except csv.Error:
        raise Unreadable("broken") from None
    return "\n\n".join(blocks)
