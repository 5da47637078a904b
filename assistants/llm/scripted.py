"""An instant model that says what it was told to say: for benchmarks and tests, refused in production."""

from collections.abc import Sequence

from assistants.errors import Cancelled
from assistants.llm.model import Cancel, Completion, Message, Model, Tool, never
from assistants.types import Usage

NAME = "scripted"


class ScriptedModel(Model):
    name = NAME

    def __init__(self, text: str = "Scripted answer.") -> None:
        self._text = text

    def describe(self) -> str:
        return "Scripted: for tests only"

    def complete(
        self, messages: Sequence[Message], tools: Sequence[Tool] = (), *, cancelled: Cancel = never, timeout: float = 60
    ) -> Completion:
        if cancelled():
            raise Cancelled
        return Completion(text=self._text, usage=Usage(provider=NAME, model=NAME))
