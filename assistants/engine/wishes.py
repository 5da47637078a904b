"""Does the customer ask for a person? By the usual words of the languages we know, and by the company's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from assistants.llm.builtin import smalltalk
from assistants.types import TranscriptEntry

_LONGEST = 40
"""A longer message that merely holds the word is left to the model: it may say "not an operator"."""
_SENTENCE = 4
"""Words from which on a full stop ends a thought; "Hello." is followed by one."""
_WORD = re.compile(r"\w+")


def ends_a_thought(text: str) -> bool:
    """Whether it reads as said to the end: a question, or a sentence of some length with its mark."""
    said = text.rstrip().rstrip('"»”)')
    if said.endswith(("...", "…", ",", ":", ";", "-", "—")):
        return False
    return said.endswith(("?", "？")) or (said.endswith((".", "!")) and len(_WORD.findall(said)) >= _SENTENCE)


def asks_for_person(text: str, words: Iterable[str] = ()) -> bool:
    """`words` are the company's own, besides the usual ones."""
    return _has_own_word(text, words) or smalltalk.kind_of(text.strip()) == "person"


def person_wanted(transcript: Sequence[TranscriptEntry], words: Iterable[str], *, usual: bool) -> bool:
    """Whether one of the messages that nobody has answered asks so; without `usual` by the company's words only."""
    for entry in reversed(transcript):
        if entry.role != "customer":
            return False
        if _has_own_word(entry.text, words) or (usual and asks_for_person(entry.text)):
            return True
    return False


def _has_own_word(text: str, words: Iterable[str]) -> bool:
    said = _plain(text)
    return len(said) <= _LONGEST and any(f" {_plain(word)} " in f" {said} " for word in words if _plain(word))


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))
