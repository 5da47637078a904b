"""Why the AI said what it said: everything that is known of the turn behind a message, and a thumb for it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from conversations import selectors
from conversations.dashboard import pages, tracing
from conversations.models import AiTurn, AnswerReview, Chat, Message
from conversations.services import reviews
from happ_project.companies.dashboard.access import in_company

_MOST_BEFORE = 10
_ENDED = (AiTurn.Outcome.ANSWERED, AiTurn.Outcome.HANDED_OFF)


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


def test_url(message: Message, assistant_id: UUID | None) -> str:
    """Where an answer becomes a test of its chat's assistant; "" in a chat without one."""
    if assistant_id is None:
        return ""
    query = urlencode({"chat": message.chat_id, "message": message.pk})
    return f"{reverse('assistants:test-add', args=[assistant_id])}?{query}"


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
    return {
        **context,
        "trace": tracing.of_turn(turn),
        "before": _before(turn),
        "thrown_away": selectors.thrown_away_in(chat),
        "test_url": test_url(message, chat.assistant_id),
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
