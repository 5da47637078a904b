"""What goes into the mind and comes out of it: plain values, no ORM."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from happ_project.core.formatted import Formatted, Mark

Speaker = Literal["customer", "assistant", "human", "system"]

HandoffCategory = Literal[
    "", "customer_asked", "not_known", "complaint", "other", "model_refused", "model_failed", "tool_limit", "budget"
]
"""Why a chat goes to a person, as the engine knows it; '' where it does not go."""

CallWords = Mapping[str, Sequence[str]]
"""A company's own words that call a person, by language; those of "" count in every one."""

_KEPT_TEXT = 300


class Picture:
    """A picture as a model may see it: small, JPEG, read when the first model asks for it."""

    def __init__(self, read: Callable[[], bytes | None]) -> None:
        self._read = read

    @cached_property
    def data(self) -> bytes | None:
        """None for one that cannot be read."""
        return self._read()


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptEntry:
    """One line of the conversation, whoever wrote it; `human` is a colleague on our side.

    `attachments` say in words what came with the text, `pictures` are what of it can be looked at. `ref` is its id
    where it is kept; what is `pinned` is told however long the conversation is. `outside` names whose words it quotes
    (see `CallRecord`).
    """

    role: Speaker
    text: str
    at: datetime
    attachments: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    ref: str = ""
    pinned: bool = False
    outside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of knowledge that fits a question; `document` names where it stands.

    `signals` are the parts of its score: `meaning`, `words`, `letters`; the first passage's `sure` says how likely it
    answers the question, where that is known. `is_page`: it was read from the web.
    """

    id: str
    document_id: str
    document: str = ""
    title: str
    text: str
    score: float
    signals: dict[str, float] = field(default_factory=dict)
    is_page: bool = False

    def traced(self) -> dict[str, Any]:
        """As it is kept with a turn, complete in itself: the knowledge may hold it no more when somebody looks."""
        return {
            "id": self.id,
            "document": self.document,
            "documentId": self.document_id,
            "title": self.title,
            "text": self.text[:_KEPT_TEXT],
            "score": round(self.score, 3),
            "signals": {name: round(value, 3) for name, value in self.signals.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an answer took; tokens are None where the model has none.

    `estimated`: the provider did not say, because the call ended early; so many tokens it were, about.
    """

    provider: str
    model: str
    input_tokens: int | None = None
    output_tokens: int | None = None
    seconds: float = 0.0
    estimated: bool = False

    def plus(self, other: "Usage") -> "Usage":
        """What both took together, in this one's name."""
        return replace(
            self,
            input_tokens=_sum(self.input_tokens, other.input_tokens),
            output_tokens=_sum(self.output_tokens, other.output_tokens),
            seconds=self.seconds + other.seconds,
            estimated=self.estimated or other.estimated,
        )


def _sum(left: int | None, right: int | None) -> int | None:
    return None if left is None and right is None else (left or 0) + (right or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantConfig:
    """An assistant as the engine sees it; `direct_knowledge` is told whole with every question.

    `direct_pages` are the names of the web pages in it.
    """

    id: str
    name: str
    prompt: str = ""
    guardrails: str = ""
    first_message: str = ""
    direct_knowledge: str = ""
    direct_pages: tuple[str, ...] = ()
    language: str = ""
    temperature: float | None = None
    person_words: CallWords = field(default_factory=dict)
    discloses: bool = False
    timezone: str = "UTC"
    business_hours: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """A tool that was called in a turn, with what the model was told of it.

    Words of neither the company nor the customer, such as a web page's or a tool's, may try to give orders. `outside`
    names whose words the result brought in; `after`, of a call that did something, whose the model had read before.
    """

    id: str
    name: str
    arguments: dict[str, Any] | None
    output: str
    ok: bool
    seconds: float = 0.0
    outside: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One call of a model, as it was made: what it was sent, what it said, what it took; `error` if it failed.

    `lines` are role and text, as the model got them; `calls` are the names of the tools it asked for.
    """

    model: str
    lines: tuple[tuple[str, str], ...]
    tools: tuple[str, ...] = ()
    text: str = ""
    calls: tuple[str, ...] = ()
    usage: Usage | None = None
    error: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactNote:
    """A field of the customer's record, what it is, and whether the assistant may note it; '' if nothing is known."""

    name: str
    description: str = ""
    value: str = ""
    may_write: bool = False


@dataclass(slots=True, kw_only=True)
class Scene:
    """What a turn plays in: told to tools, and filled with what happens; nothing is lost if the turn ends early.

    `record` is what is known of the customer, `noted` what the assistant adds. `context` is what the tools of the
    beginning said, None until they were asked; `turn` names the turn to the world. `exchanges` are the calls of the
    model, paid for however the turn ends; `purpose` is what they are written down for.
    `greeted`: the page where they write has shown them the assistant's greeting.
    With `stand_ins` nothing is really called: tools answer, by name, what they answered once, in order. `secrets` are
    values that nobody may hear: keys of the model, of tools and of servers.
    """

    chat_id: str = ""
    turn: str = ""
    source: str = ""
    contact: dict[str, str] = field(default_factory=dict)
    record: tuple[ContactNote, ...] = ()
    noted: dict[str, str] = field(default_factory=dict)
    context: dict[str, Any] | None = None
    calls: list[CallRecord] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    purpose: str = "answer"
    greeted: bool = False
    stand_ins: dict[str, list[str]] | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the assistant wants: say `text`, hand the chat to a person (with a last line), or stay silent.

    The text is plain and complete; `marks` say how parts of it look.
    """

    kind: Literal["answer", "handoff", "silent"]
    text: str = ""
    marks: tuple[Mark, ...] = ()
    reason: str = ""
    category: HandoffCategory = ""
    usage: Usage | None = None
    trace: dict[str, Any] = field(default_factory=dict)

    @property
    def said(self) -> Formatted:
        return Formatted(self.text, self.marks)
