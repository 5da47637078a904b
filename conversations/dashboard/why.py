"""Why the AI said what it said: everything that is known of the turn behind a message, and a thumb for it."""

from __future__ import annotations

import dataclasses
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import Resolver404, resolve
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from assistants.models import KnowledgeDocument
from conversations.dashboard import pages
from conversations.models import AiTurn, AnswerReview, Chat, Message
from conversations.services import reviews
from happ_project.companies.dashboard.access import in_company

_MOST_BEFORE = 10
_ENDED = (AiTurn.Outcome.ANSWERED, AiTurn.Outcome.HANDED_OFF)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A passage that the answer was made from; `document_id` is "" when the knowledge holds it no more."""

    title: str
    document: str
    document_id: str
    text: str
    score: float
    percent: int
    signals: dict[str, float]


@require_GET
@never_cache
@in_company
def show(request: HttpRequest, chat_id: UUID, message_id: UUID) -> HttpResponse:
    """The panel; `?verdict=bad` opens it with that thumb chosen."""
    chat, message = _find(chat_id, message_id)
    return render(request, "conversations/_why.html", _context(request, chat, message))


@require_POST
@never_cache
@in_company
def review(request: HttpRequest, chat_id: UUID, message_id: UUID) -> HttpResponse:
    chat, message = _find(chat_id, message_id)
    try:
        reviews.give(
            message,
            author=request.user,
            verdict=request.POST.get("verdict", ""),
            note=request.POST.get("note", ""),
        )
    except ValueError:
        return HttpResponse(status=400)
    return render(request, "conversations/_why.html", {**_context(request, chat, message), "thanks": True})


def test_url(assistant_id: Any, chat_id: Any, message_id: Any) -> str:
    """Where an answer becomes a test of its assistant; "" in a house without such a page."""
    path = f"/assistants/{assistant_id}/tests/new/"
    try:
        resolve(path)
    except Resolver404:
        return ""
    return f"{path}?chat={chat_id}&message={message_id}"


def _find(chat_id: UUID, message_id: UUID) -> tuple[Chat, Message]:
    chat = pages.find(chat_id)
    found = Message.objects.select_related("turn", "chat").filter(chat=chat, deleted_at=None)
    message = get_object_or_404(found, pk=message_id)
    if not message.is_from_ai:
        raise Http404
    return chat, message


def _context(request: HttpRequest, chat: Chat, message: Message) -> dict[str, Any]:
    turn = message.turn
    mine = AnswerReview.objects.filter(message=message, author=request.user).first()
    chosen = request.GET.get("verdict", "") or (mine.verdict if mine else "")
    context = {"chat": chat, "message": message, "turn": turn, "mine": mine, "chosen": chosen}
    if turn is None:
        return context
    outputs = turn.messages.filter(type=Message.Type.FUNCTION_CALL_OUTPUT).order_by("sent_at", "id")
    return {
        **context,
        "sources": _sources(turn.trace),
        "calls": outputs,
        "records": turn.records.order_by("at"),
        "before": _before(turn),
        "test_url": test_url(chat.assistant_id, chat.pk, message.pk) if chat.assistant_id else "",
    }


def _before(turn: AiTurn) -> list[AiTurn]:
    """The runs that were overtaken or stopped since the AI last spoke: they led to this one."""
    earlier = AiTurn.objects.filter(chat_id=turn.chat_id, id__lt=turn.pk).order_by("-id")[:_MOST_BEFORE]
    found: list[AiTurn] = []
    for each in earlier:
        if each.outcome in _ENDED:
            break
        found.append(each)
    return found[::-1]


def _sources(trace: dict[str, Any]) -> list[Source]:
    passages = [each for each in trace.get("passages", []) if isinstance(each, dict)]
    there = _documents({str(each.get("documentId") or "") for each in passages})
    top = max((float(each.get("score") or 0) for each in passages), default=0.0) or 1.0
    return [
        Source(
            title=str(each.get("title") or ""),
            document=str(each.get("document") or ""),
            document_id=there.get(str(each.get("documentId") or ""), ""),
            text=str(each.get("text") or ""),
            score=float(each.get("score") or 0),
            percent=round(float(each.get("score") or 0) * 100 / top),
            signals=each.get("signals") or {},
        )
        for each in passages
    ]


def _documents(wanted: set[str]) -> dict[str, str]:
    """Which of the documents still exist, by the id of the trace: the public one, or the row's own of older turns."""
    public = [each for each in wanted if pages.uuid_of(each)]
    rows = [int(each) for each in wanted if each.isdecimal()]
    found = {
        str(key): str(key)
        for key in KnowledgeDocument.objects.filter(public_id__in=public).values_list("public_id", flat=True)
    }
    for row, key in KnowledgeDocument.objects.filter(pk__in=rows).values_list("pk", "public_id"):
        found[str(row)] = str(key)
    return found
