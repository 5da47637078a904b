"""Meaning, words or letters alone: what one of them finds of what the search puts together, best first."""

from dataclasses import replace
from typing import Literal

from assistants import retrieval
from assistants.knowledge import lemmas
from assistants.knowledge.fusion import Candidate
from assistants.models import Assistant
from assistants.services import embedding, searching

Half = Literal["meaning", "words", "letters"]


def found(assistant: Assistant, question: str, half: Half) -> list[Candidate]:
    """The search is asked as if it knew of nothing else."""
    words = lemmas.content_lemmas(question)[: searching.MOST_WORDS]
    known = retrieval.facts(assistant, words)
    vector, model = embedding.of_question(assistant, question, known, local=True)
    if half == "meaning":
        mute = replace(known, near={}, counts={})
        rows = retrieval.candidates(assistant, words, mute, vector=vector, model=model)
        return sorted(rows, key=lambda each: (-each.semantic, each.id))
    heard = replace(known, near={}) if half == "words" else replace(known, counts={})
    rows = retrieval.candidates(assistant, words, heard, vector=None, model=model)
    return sorted(rows, key=lambda each: (-each.told, each.id))
