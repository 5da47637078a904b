"""Why the AI said what it said: one turn, with what it found, called, was told, and what it took."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from assistants.models import KnowledgeDocument
from conversations.models import AiTurn, Message, TurnRecord


@dataclass(frozen=True, kw_only=True)
class Passage:
    """Knowledge that was found. `part` is its score as a share of the best one's, in percent; `url` of its document."""

    title: str
    text: str
    score: float
    part: int
    signals: dict[str, float]
    document: KnowledgeDocument | None


@dataclass(frozen=True, kw_only=True)
class Trace:
    """All that is known of a turn."""

    turn: AiTurn
    passages: list[Passage] = field(default_factory=list)
    calls: list[Message] = field(default_factory=list)
    exchanges: list[dict[str, Any]] = field(default_factory=list)

    @property
    def notes(self) -> dict[str, Any]:
        """What the answerer itself noted, such as the built-in one's decision."""
        told = {"passages", "calls", "tools", "messages", "characters", "rounds"}
        return {
            name: value
            for name, value in self.turn.trace.items()
            if name not in told and value not in ("", None) and not isinstance(value, list | dict)
        }


def of_turn(turn: AiTurn) -> Trace:
    """With the calls of its tools as they stand in the chat."""
    found = [each for each in turn.trace.get("passages", []) if each.get("text")]
    ids = {int(each["document"]) for each in found if str(each.get("document", "")).isdecimal()}
    documents = {str(row.pk): row for row in KnowledgeDocument.objects.filter(pk__in=ids).defer("content")}
    best = max([each["score"] for each in found] or [0]) or 1
    calls = Message.objects.filter(turn=turn, type=Message.Type.FUNCTION_CALL_OUTPUT, deleted_at=None)
    return Trace(
        turn=turn,
        passages=[
            Passage(
                title=each.get("title") or _name(documents.get(str(each.get("document", "")))),
                text=each["text"],
                score=each["score"],
                part=max(round(100 * each["score"] / best), 0),
                signals=each.get("signals", {}),
                document=documents.get(str(each.get("document", ""))),
            )
            for each in found
        ],
        calls=list(calls.order_by("sent_at", "id")),
        exchanges=[each for record in TurnRecord.objects.filter(turn=turn).order_by("at") for each in record.exchanges],
    )


def _name(document: KnowledgeDocument | None) -> str:
    return document.name if document else "…"
