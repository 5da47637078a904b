"""Which texts are told to a language model whole with every question, and what there is room for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

BUDGET = 20_000
"""Characters: some five thousand tokens in English, eight thousand in Ukrainian, paid for with every answer."""


@dataclass(frozen=True, slots=True)
class Told:
    """A text that its owner wants told whole; one that finds no room is searched like the others instead."""

    document_id: str
    name: str
    size: int
    fits: bool


def share_out(texts: Iterable[tuple[str, str, int]]) -> list[Told]:
    """(document, name, characters) in order; each takes its room if there is enough left."""
    left, told = BUDGET, []
    for document_id, name, size in texts:
        fits = size <= left
        left -= size if fits else 0
        told.append(Told(document_id, name, size, fits))
    return told
