"""A model that is watched: each call of it is noted with what it was sent, what it said and what it took."""

from __future__ import annotations

from collections.abc import Sequence

from assistants.errors import Unanswered
from assistants.llm.model import Cancel, Completion, Message, Model, Tool, never
from assistants.types import Exchange, Usage
from happ_project.core import clock


def watched(model: Model, *, into: list[Exchange]) -> Model:
    """The same model, with each call noted: of one with another in reserve, each of the two by itself."""
    return model.each(lambda one: Observed(one, into=into))


class Observed(Model):
    """Adds to `into` after every call, also one that failed or was cancelled."""

    def __init__(self, model: Model, *, into: list[Exchange]) -> None:
        self._model, self._into = model, into
        self.searches = model.searches  # type: ignore[misc]  # of the one inside
        self.name = model.name

    def describe(self) -> str:
        return self._model.describe()

    def complete(
        self, messages: Sequence[Message], tools: Sequence[Tool] = (), *, cancelled: Cancel = never, timeout: float = 60
    ) -> Completion:
        started = clock.monotonic()
        completion, error = None, ""
        usage: Usage | None = None
        try:
            completion = self._model.complete(messages, tools, cancelled=cancelled, timeout=timeout)
            usage = completion.usage
        except Unanswered as problem:
            usage = problem.usage
            error = f"{type(problem).__name__}: {problem}".removesuffix(": ")
            raise
        finally:
            self._into.append(
                Exchange(
                    model=usage.model if usage else self.name,
                    lines=tuple((message.role, _text(message)) for message in messages),
                    tools=tuple(tool.name for tool in tools),
                    text=(completion.text or completion.refusal) if completion else "",
                    calls=tuple(call.name for call in completion.tool_calls) if completion else (),
                    usage=usage,
                    error=error,
                    seconds=clock.monotonic() - started,
                )
            )
        return completion


def _text(message: Message) -> str:
    asked = [f"→ {call.name}({call.arguments})" for call in message.calls]
    return "\n".join(filter(None, [message.text, *asked]))
