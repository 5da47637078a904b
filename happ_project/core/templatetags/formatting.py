"""Formatted text in a page: every character is escaped, and only addresses that are safe to press become links."""

from __future__ import annotations

import re

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from happ_project.core.formatted import SAFE, Formatted, Mark, tidy

register = template.Library()

_TAGS = {
    "bold": "strong", "italic": "em", "underline": "u", "strike": "s", "spoiler": "mark", "code": "code",
    "block": "pre", "quote": "blockquote", "link": "a", "mention": "b",
}  # fmt: skip
_BLOCKS = ("block", "quote")
_ADDRESS = re.compile(r"https?://[^\s<>\"'«»]*[^\s<>\"'«».,;:!?)\]]", re.IGNORECASE)
_LINK = '<a href="{}" title="{}" target="_blank" rel="noopener noreferrer nofollow" class="link">'


@register.filter
def formatted(said: Formatted) -> SafeString:
    """As HTML. An address that stands in the text is a link, too; one that no page should follow stays text."""
    shown = _with_bare_links(said.contracted(SAFE).outside_code())
    html: list[str] = []
    after_block = False
    for step, what in shown.nested():
        if isinstance(what, Mark):
            html.append(_opened(what) if step == "open" else f"</{_TAGS[what.kind]}>")
            after_block = step == "close" and what.kind in _BLOCKS
            if step == "open" and what.kind in _BLOCKS and html[:-1]:
                html[-2] = html[-2].removesuffix("\n")  # a block begins a line of its own
        else:
            html.append(escape(what.removeprefix("\n") if after_block else what))
            after_block = False
    return mark_safe("".join(html))  # noqa: S308 - each part is a tag of ours, or escaped


def _opened(mark: Mark) -> str:
    return format_html(_LINK, mark.ref, mark.ref) if mark.kind == "link" else f"<{_TAGS[mark.kind]}>"


def _with_bare_links(said: Formatted) -> Formatted:
    taken = [mark for mark in said.marks if mark.kind in ("link", "code", "block")]
    found = [
        Mark(kind="link", start=match.start(), end=match.end(), ref=match[0])
        for match in _ADDRESS.finditer(said.text)
        if not any(mark.start < match.end() and match.start() < mark.end for mark in taken)
    ]
    return tidy(said.text, [*said.marks, *found]) if found else said
