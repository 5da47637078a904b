"""Markdown read into text with marks: whole for what a model writes, and only what is safe for what a person types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING

from happ_project.core.formatted import Formatted, Mark, MarkKind, tidy, with_address

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.tree import SyntaxTreeNode

_STYLES: dict[str, MarkKind] = {
    "strong": "bold", "em": "italic", "s": "strike", "code_inline": "code", "th": "bold", "heading": "bold",
}  # fmt: skip


def read(text: str) -> Formatted:
    """What a model wrote. Lists keep their sign, headings are bold lines, tables and rules are told in words."""
    source = text.replace("\r\n", "\n").replace("\r", "\n")
    writing = _Writing(source.split("\n"))
    writing.blocks(_tree(_of_models(), source).children)
    return writing.done().stripped()


def typed(text: str) -> Formatted:
    """What a person of the team typed: `**bold**`, `*italic*`, `~~struck~~`, `` `code` ``, a link and a block of code.

    Everything else, to the last space, stays as it was typed: lists, backslashes, lone asterisks, underscores in words.
    """
    source = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = source.split("\n")
    parser, parts, told = _of_people(), list[Formatted](), 0
    for token in parser.parse(source):
        if token.map is None or token.type not in ("fence", "inline"):
            continue
        start, end = token.map
        parts += (Formatted(line) for line in lines[told:start])
        if token.type == "fence":
            code = token.content.removesuffix("\n")
            parts.append(tidy(code, [Mark(kind="block", start=0, end=len(code), ref=_language(token.info))]))
        else:
            writing = _Writing(lines)
            writing.inline(_tree(parser, "\n".join(lines[start:end]), inline=True).children[0].children)
            parts.append(writing.done())
        told = end
    parts += (Formatted(line) for line in lines[told:])
    return Formatted("\n").joined(parts)


@dataclass
class _Writing:
    """The text as it grows, while the tree is walked."""

    lines: list[str]
    text: str = ""
    marks: list[Mark] = field(default_factory=list)

    def done(self) -> Formatted:
        return tidy(self.text, self.marks)

    def blocks(self, nodes: Iterable[SyntaxTreeNode], *, indent: str = "") -> None:
        """One below the other, with an empty line between where the source has one."""
        last: SyntaxTreeNode | None = None
        for node in nodes:
            if node.type == "hr":
                continue
            if last is not None:
                self.text += "\n\n" if self._are_apart(last, node) else "\n"
                self.text += indent
            self._block(node, indent)
            last = node

    def _are_apart(self, last: SyntaxTreeNode, node: SyntaxTreeNode) -> bool:
        if last.map is None or node.map is None:
            return False
        return not self.lines[node.map[0] - 1].strip(" >\t") or any(
            not line.strip(" >\t") for line in self.lines[last.map[1] : node.map[0]]
        )

    def _block(self, node: SyntaxTreeNode, indent: str) -> None:
        if node.type in ("fence", "code_block"):
            with self._marked("block", ref=_language(node.info)):
                self.text += node.content.removesuffix("\n")
        elif node.type == "blockquote":
            with self._marked("quote"):
                self.blocks(node.children, indent=indent)
        elif node.type == "list_item":
            sign = f"{node.info}{'-' if node.markup == '*' else node.markup} "
            self.text += sign
            self.blocks(node.children, indent=indent + " " * len(sign))
        elif node.type in ("bullet_list", "ordered_list"):
            self.blocks(node.children, indent=indent)
        elif node.type == "table":
            for place, row in enumerate(row for part in node.children for row in part.children):
                self.text += "\n" + indent if place else ""
                self._row(row)
        else:
            self._words(node, indent)

    def _words(self, node: SyntaxTreeNode, indent: str) -> None:
        """Of a paragraph, a heading or a cell."""
        with self._marked(_STYLES.get(node.type)):
            for child in node.children:
                self.inline(child.children, indent=indent)

    def _row(self, row: SyntaxTreeNode) -> None:
        for place, cell in enumerate(row.children):
            self.text += " | " if place else ""
            self._words(cell, "")

    def inline(self, nodes: Iterable[SyntaxTreeNode], *, indent: str = "") -> None:
        for node in nodes:
            if node.type in ("softbreak", "hardbreak"):
                self.text += "\n" + indent
            elif node.type in ("link", "image"):
                self._link(node)
            elif node.children:
                with self._marked(_STYLES.get(node.type)):
                    self.inline(node.children)
            else:
                with self._marked(_STYLES.get(node.type)):
                    self.text += node.content

    def _link(self, node: SyntaxTreeNode) -> None:
        address, start = str(node.attrs.get("href") or node.attrs.get("src") or ""), len(self.text)
        with self._marked("link", ref=address):
            self.inline(node.children)
            self.text = self.text[:start] + with_address(self.text[start:].strip() or address, address)

    @contextmanager
    def _marked(self, kind: MarkKind | None, *, ref: str = "") -> Iterator[None]:
        start = len(self.text)
        yield
        if kind is not None:
            self.marks.append(Mark(kind=kind, start=start, end=len(self.text), ref=ref))


def _language(info: str) -> str:
    """Of a block of code."""
    return (info.split() or [""])[0][:30]


def _tree(parser: MarkdownIt, text: str, *, inline: bool = False) -> SyntaxTreeNode:
    from markdown_it.tree import SyntaxTreeNode

    return SyntaxTreeNode(parser.parseInline(text) if inline else parser.parse(text))


@cache
def _of_models() -> MarkdownIt:
    """Without what plain sentences trip over: indents that are code, lines of dashes that make headings, entities."""
    parser = _parser("commonmark", is_typed=False).enable(["table", "strikethrough"])
    return parser.disable(["code", "lheading", "reference", "html_block", "html_inline", "entity"])


@cache
def _of_people() -> MarkdownIt:
    return _parser("zero", is_typed=True).enable(["fence", "backticks", "emphasis", "strikethrough", "link"])


def _parser(preset: str, *, is_typed: bool) -> MarkdownIt:
    from markdown_it import MarkdownIt  # read on first use: most processes never read Markdown

    parser = MarkdownIt(preset, {"html": False})
    parser.normalizeLink = _as_written  # type: ignore[method-assign, assignment]
    parser.inline.ruler.at("emphasis", partial(_emphasis, is_typed=is_typed))
    return parser


def _as_written(address: str) -> str:
    """The address is text before it is a link: nothing in it is coded anew."""
    return address


def _emphasis(state: StateInline, silent: bool, *, is_typed: bool) -> bool:
    """Asterisks and underscores, as Markdown has them but for this:

    a lone asterisk between two letters or digits is one (2*3*4); `**` ends a word also where a letter follows at once
    (`**45:**грн`), and begins none after a letter or digit. What a person typed begins before a letter or digit only,
    and a double underscore means nothing (`__init__`).
    """
    from markdown_it.rules_inline.state_inline import Delimiter

    at, marker = state.pos, state.src[state.pos]
    if silent or marker not in "*_":
        return False
    found = state.scanDelims(at, marker == "*")
    before = state.src[at - 1] if at else " "
    after = (state.src[at + found.length :] or " ")[0]
    opens, closes = found.can_open, found.can_close
    if marker == "*" and found.length == 1 and before.isalnum() and after.isalnum():
        opens = closes = False
    elif marker == "*" and found.length > 1:
        opens, closes = not after.isspace() and not before.isalnum(), not before.isspace()
    if is_typed:
        opens = opens and (after.isalnum() or after in "_*~`[") and not (marker == "_" and found.length > 1)
    for _each in range(found.length):
        state.push("text", "", 0).content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker),
                length=found.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=opens,
                close=closes,
            )
        )
    state.pos += found.length
    return True
