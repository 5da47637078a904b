"""The Markdown of our own guides as HTML: headings, paragraphs, lists, tables and code; anything else stays text."""

import re
from collections.abc import Callable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

Link = Callable[[str], str]
"""Where a link of the text leads, "" where it cannot be followed."""

_HEADING = re.compile(r"(#{1,4}) +(.+)")
_ITEM = re.compile(r"(\d+\.|-) +")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_ESCAPED = re.compile(r"\\([*_~`\[\]|])")
_HIDDEN = 0xE000  # where a mark that is meant as itself waits until the others have been read
_RULE = re.compile(r"[-| :]+")


def as_html(text: str, *, link: Link) -> SafeString:
    """The text is one of ours: nothing that a stranger wrote belongs here."""
    return mark_safe(_blocks(text.splitlines(), link))  # noqa: S308 - every word goes through `escape`


def _blocks(lines: list[str], link: Link) -> str:
    found, rest = [], list(lines)
    while rest:
        line = rest[0]
        if not line.strip() or line.startswith("<!--"):
            rest.pop(0)
        elif line.startswith("```"):
            rest.pop(0)
            code = _take(rest, lambda each: not each.startswith("```"))
            found.append(f'<pre tabindex="0"><code>{escape(chr(10).join(code))}</code></pre>')
            del rest[:1]
        elif heading := _HEADING.fullmatch(line):
            rest.pop(0)
            level = len(heading[1])
            found.append(f"<h{level}>{_inline(heading[2], link)}</h{level}>")
        elif line.startswith("|"):
            found.append(_table(_take(rest, lambda each: each.startswith("|")), link))
        elif _ITEM.match(line):
            found.append(_list(rest, link))
        else:
            found.append(f"<p>{_inline(' '.join(_take(rest, _continues)), link)}</p>")
    return "\n".join(found)


def _continues(line: str) -> bool:
    return bool(line.strip()) and not line.startswith(("```", "|", "#")) and not _ITEM.match(line)


def _take(rest: list[str], belongs: Callable[[str], bool]) -> list[str]:
    """Those at the front that belong together; they are taken away."""
    end = next((i for i, line in enumerate(rest) if not belongs(line)), len(rest))
    taken, rest[:end] = rest[:end], []
    return taken


def _list(rest: list[str], link: Link) -> str:
    """The items at the front, each with what is indented under it."""
    kind, items = "ul" if rest[0].startswith("-") else "ol", []
    while rest and (mark := _ITEM.match(rest[0])):
        width = mark.end()
        first = rest.pop(0)[width:]
        more = _take(rest, lambda line, width=width: line.startswith(" " * width))  # type: ignore[misc]
        items.append(f"<li>{_blocks([first, *(line[width:] for line in more)], link)}</li>")
    return f"<{kind}>{''.join(items)}</{kind}>"


def _table(lines: list[str], link: Link) -> str:
    head, *rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    rows = [row for row in rows if not all(_RULE.fullmatch(cell) for cell in row)]
    top = "".join(f'<th scope="col">{_inline(cell, link)}</th>' for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{_inline(cell, link)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide" tabindex="0"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _inline(text: str, link: Link) -> str:
    hidden = _ESCAPED.sub(lambda found: chr(_HIDDEN + ord(found[1])), text)
    pieces = re.split(r"`([^`]+)`", hidden)
    shown = [f"<code>{escape(piece)}</code>" if i % 2 else _words(piece, link) for i, piece in enumerate(pieces)]
    return re.sub("[\ue000-\ue07f]", lambda found: chr(ord(found[0]) - _HIDDEN), "".join(shown))


def _words(text: str, link: Link) -> str:
    def followed(found: re.Match[str]) -> str:
        target = link(found[2])
        return f'<a href="{escape(target)}">{found[1]}</a>' if target else found[1]

    marked = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(text))
    return _LINK.sub(followed, re.sub(r"\*(.+?)\*", r"<em>\1</em>", marked))
