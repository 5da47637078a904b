"""Cuts a text into passages: a question stays with its answer, a heading stays as the title of what follows it."""

import re
from dataclasses import dataclass

LONGEST = 700
"""Characters in one passage; about a screen of a phone, and less than the embedding model reads at once."""
_LONGEST_TITLE = 160
_LONGEST_PLAIN_TITLE = 55
_FEW_WORDS = 3

_QUESTION_MARK = re.compile(r"^(?:q|question|п|питання|запитання|вопрос)\s*\d*\s*[:.)]\s*", re.IGNORECASE)
_ANSWER_MARK = re.compile(r"^(?:a|answer|в|відповідь|ответ)\s*\d*\s*[:.)]\s*", re.IGNORECASE)
_NUMBERING = re.compile(r"^\(?\d{1,3}[.)]\s+")
_HEADING_MARK = re.compile(r"^#{1,6}\s+")
_BULLET = re.compile(r"^[-*•–—]\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage before it is stored; `title` is its question or heading, '' if it has none."""

    title: str
    text: str


@dataclass(slots=True)
class _Open:
    """The passage being read."""

    title: str = ""
    is_question: bool = False
    lines: list[str] | None = None


def by_length(content: str) -> list[Piece]:
    """Passages of a page: questions with answers, sections with headings, else paragraphs."""
    pieces: list[Piece] = []
    section = ""
    current = _Open(lines=[])
    for block in _blocks(content):
        lines = block
        if _is_heading_block(lines):
            pieces += _close(current)
            section = _plain(lines[0]).rstrip(":")
            current = _Open(title=section, lines=[])
            continue
        for place, line in enumerate(lines):
            if title := _question(line) or (_title(lines) if place == 0 else ""):
                pieces += _close(current)
                current = _Open(title=_within(section, title), is_question=True, lines=[])
            else:
                assert current.lines is not None
                current.lines.append(_ANSWER_MARK.sub("", line) if current.is_question else line)
        if current.lines and not current.is_question:
            pieces += _close(current)
            current = _Open(title=section, lines=[])
        elif current.lines:
            current.lines.append("")
    return pieces + _close(current)


def by_items(content: str, *, delimiter: str) -> list[Piece]:
    """One passage per item, whole unless it is too long; `delimiter` may be written with \\n for a line break."""
    separator = delimiter.replace("\\n", "\n") or "\n\n"
    pieces: list[Piece] = []
    for item in content.replace("\r\n", "\n").split(separator):
        lines = [line.strip() for line in item.strip().splitlines() if line.strip()]
        if not lines:
            continue
        title = _question(lines[0]) or _title(lines)
        if title and len(lines) > 1:
            lines = [_ANSWER_MARK.sub("", lines[1]), *lines[2:]]
        else:
            title = ""
        pieces += [Piece(title, text) for text in _fitting("\n".join(lines))]
    return pieces


def _blocks(content: str) -> list[list[str]]:
    """The text between blank lines, as lines; a marked heading is a block of its own."""
    blocks: list[list[str]] = [[]]
    for raw in content.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        line = raw.strip()
        heading = bool(_HEADING_MARK.match(line)) and not line.endswith("?")
        if (not line or heading) and blocks[-1]:
            blocks.append([])
        if line:
            blocks[-1].append(line)
        if heading:
            blocks.append([])
    return [block for block in blocks if block]


def _is_heading_block(lines: list[str]) -> bool:
    if len(lines) != 1:
        return False
    line = lines[0]
    if _HEADING_MARK.match(line):
        return not line.endswith("?")
    plain = _plain(line)
    return len(plain) <= _LONGEST_PLAIN_TITLE and not re.search(r"[.!?,;]$", plain) and not _BULLET.match(line)


def _question(line: str) -> str:
    """The question, if the line is one by its mark or its end."""
    plain = _plain(line)
    if _QUESTION_MARK.match(plain):
        return _QUESTION_MARK.sub("", plain)
    if plain.endswith("?") and len(plain) <= _LONGEST_TITLE and not _BULLET.match(line):
        return plain
    return ""


def _title(lines: list[str]) -> str:
    """The first line of a block, if it stands over the rest as a title does."""
    first = _plain(lines[0])
    if len(lines) < 2 or _BULLET.match(lines[0]) or len(first) > _LONGEST_TITLE:
        return ""
    ends_a_sentence = bool(re.search(r"[.!?:]$", first))
    if len(first) <= _LONGEST_PLAIN_TITLE and not first.endswith((",", ";")):
        return first.rstrip(":")
    return first.rstrip(":") if ends_a_sentence and len(first) < len(" ".join(lines[1:])) else ""


def _plain(line: str) -> str:
    """Without the marks of headings, numbering and bold print."""
    return _NUMBERING.sub("", _HEADING_MARK.sub("", line)).strip().strip("*_").strip()


def _within(section: str, title: str) -> str:
    """A question of few words means nothing without the heading it stands under."""
    if section and len(title.split()) < _FEW_WORDS:
        return f"{section}: {title}"
    return title


def _close(current: _Open) -> list[Piece]:
    text = "\n".join(current.lines or []).strip()
    if text:
        return [Piece(current.title, part) for part in _fitting(text)]
    # a question without an answer holds nothing that could be told to anybody
    return []


def _fitting(text: str) -> list[str]:
    """The text in parts of at most `LONGEST` characters, cut between paragraphs or sentences."""
    if len(text) <= LONGEST:
        return [text]
    parts: list[str] = []
    for paragraph in re.split(r"\n+", text):
        for sentence in _SENTENCE_END.split(paragraph):
            for cut in (sentence[n : n + LONGEST] for n in range(0, len(sentence), LONGEST)):
                if parts and len(parts[-1]) + len(cut) < LONGEST:
                    parts[-1] = f"{parts[-1]} {cut}"
                else:
                    parts.append(cut)
    return parts
