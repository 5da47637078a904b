"""Does the customer ask for a person? By the usual words of the languages we know, and by the company's own."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from assistants import language
from assistants.engine import callwords
from assistants.llm.builtin import phrases, smalltalk
from assistants.types import CallWords, TranscriptEntry

_SENTENCE = 4
"""Words from which on a full stop ends a thought; "Hello." is followed by one."""
_WORD = re.compile(r"\w+")


def ends_a_thought(text: str) -> bool:
    """Whether it reads as said to the end: a question, or a sentence of some length with its mark."""
    said = text.rstrip().rstrip('"»”)')
    if said.endswith(("...", "…", ",", ":", ";", "-", "—")):
        return False
    return said.endswith(("?", "？")) or (said.endswith((".", "!")) and len(_WORD.findall(said)) >= _SENTENCE)


def asks_for_person(text: str, own: CallWords, *, spoken: str = "") -> bool:
    """By the words of the languages it may be written in, of the assistant's own (`spoken`), and English.

    `own` are the company's, besides the usual ones.
    """
    if callwords.calls(text, _codes(text, spoken), own, usual=callwords.USUAL):
        return True
    return smalltalk.kind_of(text.strip()) == "person"


def person_wanted(transcript: Sequence[TranscriptEntry], own: CallWords, *, spoken: str, understands: bool) -> bool:
    """Whether one of the messages that nobody has answered asks so.

    A model that `understands` calls for a person by itself is left those in the languages that it knows.
    """
    left: Collection[str] = callwords.USUAL.keys() - set(phrases.LANGUAGES)
    for entry in reversed(transcript):
        if entry.role != "customer":
            return False
        if understands:
            if callwords.calls(entry.text, _codes(entry.text, spoken), own, usual=left):
                return True
        elif asks_for_person(entry.text, own, spoken=spoken):
            return True
    return False


def _codes(text: str, spoken: str) -> set[str]:
    return {*language.possible(text), spoken, "en"} - {""}
