"""The interface that every model provider implements: a conversation in, one completion out."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from assistants.types import Passage, Picture, Usage

Cancel = Callable[[], bool]
"""Asked often while a model works: True means that the answer is not wanted any more."""
Search = Callable[[str], Sequence[Passage]]
"""Passages of the assistant's knowledge for a question, best first."""

HANDOFF = "turnOffAiMode"
"""Name of the tool that hands the chat to a person."""


def never() -> bool:
    """For calls that nobody cancels."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """The model asks for a tool; `arguments` is None when what it sent is no JSON object."""

    id: str
    name: str
    arguments: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One line of the conversation as a model sees it.

    A user's may carry `pictures`, which its text names as well, for models that see none. An assistant's may carry the
    `calls` it asked for; each is answered by a line of role `tool` with that `call_id`.
    """

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """Something a model may ask for; `parameters` is a JSON schema.

    `strict`: the provider holds the model to it; only for schemas that require everything and allow nothing else.
    """

    name: str
    description: str
    parameters: dict[str, Any]
    strict: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What a model wrote. `cut`: it reached a limit before it was done; `refusal`: it will not answer, in its words.

    `notes` are kept with the turn.
    """

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage
    cut: bool = False
    refusal: str = ""
    notes: dict[str, Any] = field(default_factory=dict)


class Model(ABC):
    """A provider with a model's name. A language model is given passages; one that searches finds its own."""

    searches: ClassVar[bool] = False
    name: str

    @abstractmethod
    def describe(self) -> str:
        """What people are shown that it is."""

    def each(self, wrap: "Callable[[Model], Model]") -> "Model":
        """The same with every model in it that is really called put into `wrap`."""
        return wrap(self)

    @abstractmethod
    def complete(
        self, messages: Sequence[Message], tools: Sequence[Tool] = (), *, cancelled: Cancel = never, timeout: float = 60
    ) -> Completion:
        """Raises `Cancelled`, `ModelUnavailable` (try later) or `ModelRejected` (trying again is useless).

        What such a call took all the same is in the exception's `usage`.
        """
