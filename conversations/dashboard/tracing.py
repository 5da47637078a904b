"""Why the AI said what it said: one turn, with what it found, called, was told, and what it took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from assistants.models import KnowledgeDocument
from conversations.models import AiTurn, Message, TurnRecord
from happ_project.core import ids

_SHOWN_ELSEWHERE = {
    "passages",
    "calls",
    "tools",
    "messages",
    "characters",
    "rounds",
    "instead_of",
    "because",
    "withheld",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A passage that was found; `percent` is its score as a share of the best one's.

    `url` leads to its document; "" when the knowledge holds it no more.
    """

    title: str
    document: str
    url: str
    text: str
    score: float
    percent: int
    signals: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """All that is known of a turn. `calls` are the outputs of tools, `exchanges` what the model was told and said."""

    turn: AiTurn
    sources: list[Source]
    calls: list[Message]
    exchanges: list[dict[str, Any]]

    @property
    def doubtful(self) -> list[Message]:
        """Calls that did something after words of others had been read, which may have ordered it."""
        return [call for call in self.calls if call.call.get("after")]

    @property
    def notes(self) -> dict[str, Any]:
        """What the answerer itself noted, such as the built-in one's decision."""
        return {
            name: value
            for name, value in self.turn.trace.items()
            if name not in _SHOWN_ELSEWHERE and value not in ("", None) and not isinstance(value, list | dict)
        }


def of_turn(turn: AiTurn) -> Trace:
    calls = turn.messages.filter(type=Message.Type.FUNCTION_CALL_OUTPUT, deleted_at=None)
    records = TurnRecord.objects.filter(turn=turn).order_by("at")
    return Trace(
        turn=turn,
        sources=_sources([each for each in turn.trace.get("passages", []) if isinstance(each, dict)]),
        calls=list(calls.order_by("sent_at", "id")),
        exchanges=[exchange for record in records for exchange in record.exchanges],
    )


def _sources(passages: list[dict[str, Any]]) -> list[Source]:
    wanted = {ids.read(str(each.get("documentId"))) for each in passages} - {None}
    rows = KnowledgeDocument.objects.filter(public_id__in=wanted)
    there = {str(row.public_id): row for row in rows.only("name", "public_id", "assistant_id")}
    best = max((float(each.get("score") or 0) for each in passages), default=0.0) or 1.0
    return [_source(each, there.get(str(each.get("documentId") or "")), best) for each in passages]


def _source(passage: dict[str, Any], document: KnowledgeDocument | None, best: float) -> Source:
    score = float(passage.get("score") or 0)
    url = reverse("assistants:knowledge-edit", args=[document.assistant_id, document.public_id]) if document else ""
    return Source(
        title=str(passage.get("title") or ""),
        document=document.name if document else str(passage.get("document") or ""),
        url=url,
        text=str(passage.get("text") or ""),
        score=score,
        percent=max(round(score * 100 / best), 0),
        signals=passage.get("signals") or {},
    )
