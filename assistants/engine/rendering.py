"""Markdown as plain text: messengers would show its asterisks, and models write them whatever they are told."""

import re

_FENCE = re.compile(r"^```.*$\n?", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*([-*_])(?:[ \t]*\1){2,}[ \t]*$\n?", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}\s+", re.MULTILINE)
_QUOTE = re.compile(r"^>\s?", re.MULTILINE)
_BULLET = re.compile(r"^(\s*)[*+-]\s+(?=\S)", re.MULTILINE)
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)[^)]*\)")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)[^)]*\)")
_CODE = re.compile(r"`([^`\n]+)`")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
# single marks only around whole words: 2 * 3, snake_case and 5*5 stay as they are
_EMPHASIS = re.compile(
    r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![\w*])|(?<!\w)_(?=[^\s_])([^_\n]+?)(?<=[^\s_])_(?!\w)"
)
_STRUCK = re.compile(r"~~(?=\S)(.+?)(?<=\S)~~")
_BLANK_LINES = re.compile(r"\n{3,}")


def plain(text: str) -> str:
    """The text without marks: lists with •, links as "text (address)"."""
    text = _RULE.sub("", _FENCE.sub("", text.replace("\r\n", "\n")))
    text = _QUOTE.sub("", _HEADING.sub("", text))
    text = _BULLET.sub(r"\1• ", text)
    text = _LINK.sub(_address, _IMAGE.sub(_address, text))
    text = _CODE.sub(r"\1", text)
    text = _STRONG.sub(r"\2", _STRONG.sub(r"\2", text))
    text = _EMPHASIS.sub(lambda found: found[1] or found[2], text)
    text = _STRUCK.sub(r"\1", text)
    return _BLANK_LINES.sub("\n\n", text).strip()


def _address(found: re.Match[str]) -> str:
    label, address = found[1].strip(), found[2].strip("<>")
    if not label or label == address or address.removeprefix("mailto:").removeprefix("tel:") == label:
        return address.removeprefix("mailto:").removeprefix("tel:")
    return f"{label} ({address})"
