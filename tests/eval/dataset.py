"""The evaluation set: two pages of questions and answers, what customers ask, and which half each question is in."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "uk")

Half = Literal["tune", "held_out", "other"]
HALVES: tuple[Half, Half] = ("tune", "held_out")
OTHER: Half = "other"
"""Pages of other trades, in transfer.toml."""


@dataclass(frozen=True)
class Entry:
    """One question of the shop's page with its answer."""

    id: str
    section: str
    question: str
    answer: str


@dataclass(frozen=True)
class Case:
    """One thing a customer writes; `expected` is an entry's id, a kind of small talk, or empty (no answer)."""

    language: str
    group: Literal["known", "near", "far", "talk"]
    text: str
    expected: str
    half: Half


def entries(language: str, *, other: bool = False) -> list[Entry]:
    if other:
        return [Entry(pk, "", question, answer) for pk, question, answer in _transfer()[language]["entries"]]
    data = tomllib.loads((FOLDER / f"faq_{language}.toml").read_text(encoding="utf-8"))
    return [Entry(**entry) for entry in data["entry"]]


def page(language: str, *, other: bool = False) -> str:
    """The page as a shop would paste it: headings, questions and answers as plain text."""
    blocks: list[str] = []
    section = ""
    for entry in entries(language, other=other):
        if entry.section != section:
            section = entry.section
            blocks.append(f"# {section}")
        blocks.append(f"{entry.question}\n{entry.answer}")
    return "\n\n".join(blocks)


def cases() -> list[Case]:
    """Every case. Within its group a line at an even place (from 0) is for tuning, one at an odd place is held out."""
    data = tomllib.loads((FOLDER / "questions.toml").read_text(encoding="utf-8"))
    found: list[Case] = []
    for language in LANGUAGES:
        groups = {
            "known": data["known"][language]["questions"],
            "near": [(text, "") for text in data["unknown"][language]["near"]],
            "far": [(text, "") for text in data["unknown"][language]["far"]],
            "talk": data["talk"][language]["lines"],
        }
        for group, lines in groups.items():
            found += [Case(language, group, text, expected, HALVES[n % 2]) for n, (text, expected) in enumerate(lines)]
    return found


def other_cases() -> list[Case]:
    """What is asked of the pages of other trades."""
    found: list[Case] = []
    for language in LANGUAGES:
        page = _transfer()[language]
        found += [Case(language, "known", text, expected, OTHER) for text, expected in page["known"]]
        found += [Case(language, "near", text, "", OTHER) for text in page["unknown"]]
    return found


def names(language: str) -> tuple[list[Entry], list[Case]]:
    """A catalogue full of names and codes, and what is asked by them: for the search alone."""
    page = tomllib.loads((FOLDER / "names.toml").read_text(encoding="utf-8"))[language]
    entries = [Entry(pk, "", title, text) for pk, title, text in page["entries"]]
    return entries, [Case(language, "known", text, expected, OTHER) for text, expected in page["known"]]


def _transfer() -> dict[str, dict]:
    return tomllib.loads((FOLDER / "transfer.toml").read_text(encoding="utf-8"))
