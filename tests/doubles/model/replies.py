"""What a scripted model says next, and in which mood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Mood = Literal[
    "normal",
    "slow",
    "limited",
    "no_quota",
    "failing",
    "broken_off",
    "empty",
    "refusing",
    "cut",
    "odd_error",
    "obeying",
    "one_index",
]


@dataclass(frozen=True)
class Reply:
    """One answer.

    `slow` waits for `release` after its first word; `limited` asks to wait `retry_after` seconds; `obeying` does
    whatever it reads, whoever wrote it (`obedience`), and only then says `text`; `one_index` gives all calls of an
    answer one index and says their names with each piece, as some servers do. `meanwhile` happens when the question is
    there and nothing has been said yet.
    """

    text: str = "Scripted answer."
    mood: Mood = "normal"
    tool: str = ""
    arguments: dict[str, Any] | str = field(default_factory=dict)
    beside: tuple[tuple[str, dict[str, Any]], ...] = ()
    """More calls of the same answer: name and arguments of each."""
    retry_after: str = "7"
    status: int = 500
    meanwhile: Callable[[], object] | None = None
