"""Two models behind one: the second answers where the first cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from assistants.errors import ModelRejected, ModelUnavailable
from assistants.llm.model import Cancel, Completion, Message, Model, Tool, never
from happ_project.core import clock

_LEAST = 20.0
"""Seconds that the second model has, however long the first one took."""
_LONGEST_REASON = 200


class WithFallback(Model):
    """Once the first has failed, the rest of this talk is the second's: it is not tried again for each round.

    What the first cannot do (no connection, too busy, too slow, a broken answer, no quota, not known there) the second
    is asked for; where that fails too, its own error is raised.
    """

    def __init__(self, first: Model, second: Model) -> None:
        self._first, self._second = first, second
        self._reason = ""
        self.name = first.name

    def each(self, wrap: Callable[[Model], Model]) -> Model:
        return WithFallback(self._first.each(wrap), self._second.each(wrap))

    def describe(self) -> str:
        return self._first.describe()

    def complete(
        self, messages: Sequence[Message], tools: Sequence[Tool] = (), *, cancelled: Cancel = never, timeout: float = 60
    ) -> Completion:
        started = clock.monotonic()
        if not self._reason:
            try:
                return self._first.complete(messages, tools, cancelled=cancelled, timeout=timeout)
            except (ModelUnavailable, ModelRejected) as error:
                self._reason = str(error)[:_LONGEST_REASON] or type(error).__name__
        left = max(timeout - (clock.monotonic() - started), _LEAST)
        completion = self._second.complete(messages, tools, cancelled=cancelled, timeout=left)
        return replace(completion, notes={**completion.notes, "instead_of": self._first.name, "because": self._reason})
