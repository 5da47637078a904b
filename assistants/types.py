"""What goes into the mind and comes out of it: plain values, no ORM."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Speaker = Literal["customer", "assistant", "human", "system"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptEntry:
    """One line of the conversation, whoever wrote it; `human` is a colleague on our side."""

    role: Speaker
    text: str
    at: datetime
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of knowledge that fits a question; `signals` are the parts of its score."""

    id: str
    document_id: str
    title: str
    text: str
    score: float
    signals: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an answer took; tokens are None where the model has none."""

    provider: str
    model: str
    input_tokens: int | None = None
    output_tokens: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantConfig:
    """An assistant as the engine sees it; `direct_knowledge` is told whole with every question."""

    id: str
    name: str
    prompt: str = ""
    guardrails: str = ""
    first_message: str = ""
    direct_knowledge: str = ""
    language: str = ""
    temperature: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the assistant wants: say `text`, hand the chat to a person (with a last line), or stay silent."""

    kind: Literal["answer", "handoff", "silent"]
    text: str = ""
    reason: str = ""
    usage: Usage | None = None
    trace: dict[str, Any] = field(default_factory=dict)
