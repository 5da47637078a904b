"""Which texts are told to a language model whole with every question, and what there is room for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assistants.llm import estimates

BUDGET = 10_000
"""Tokens, paid for with every answer: 40,000 characters of English, 20,000 of Ukrainian."""


@dataclass(frozen=True, slots=True)
class Told:
    """A text that its owner wants told whole, of `size` tokens; without room it is searched like the others instead."""

    document_id: str
    name: str
    size: int
    fits: bool


@dataclass(frozen=True, slots=True)
class Text:
    """One that found room; `is_page`: it was read from the web."""

    name: str
    text: str
    is_page: bool

    @property
    def told(self) -> str:
        return f"# {self.name}\n{self.text}"


def share_out(texts: Iterable[tuple[str, str, int]]) -> list[Told]:
    """(document, name, bytes) in order; each takes its room if there is enough left."""
    left, told = BUDGET, []
    for document_id, name, length in texts:
        size = estimates.tokens(length)
        fits = size <= left
        left -= size if fits else 0
        told.append(Told(document_id, name, size, fits))
    return told
