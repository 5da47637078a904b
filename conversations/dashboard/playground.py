"""The test chat of an assistant: the real journey, on the company's own hidden channel, seen by nobody outside."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from assistants.models import Assistant
from conversations import selectors
from conversations.dashboard import presenting
from conversations.models import Chat
from conversations.services import chats, inbound
from happ_project.companies.dashboard.access import in_company
from happ_project.core import ids
from integrations import selectors as switchboard

_SHOWN = 100
_LONGEST = 4000


def _chat_of(request: HttpRequest, assistant_id: UUID) -> Chat:
    """This person's test chat with this assistant; made when first looked at."""
    assistant = get_object_or_404(Assistant, pk=assistant_id, deleted_at=None)
    return chats.create(
        integration=switchboard.built_in("playground"),
        external_id=f"{request.user.pk}:{assistant.pk}",
        assistant=assistant,
        display_name=str(request.user),
        speaks_draft=True,
    )


def _context(request: HttpRequest, chat: Chat) -> dict[str, Any]:
    messages = selectors.latest_messages(chat.pk, take=_SHOWN)
    return {
        "chat": chat,
        "assistant": chat.assistant,
        "lines": presenting.lines(messages, reader=request.user, own_source="PLAYGROUND"),
        "writing": selectors.is_ai_writing(chat.pk),
        "client_key": ids.new_id(),
    }


@require_GET
@never_cache
@in_company
def show(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    return render(request, "conversations/_playground.html", _context(request, _chat_of(request, assistant_id)))


@require_GET
@never_cache
@in_company
def live(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    return render(request, "conversations/_playground_live.html", _context(request, _chat_of(request, assistant_id)))


@require_POST
@in_company
def say(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    chat = _chat_of(request, assistant_id)
    text = request.POST.get("text", "").strip()[:_LONGEST]
    if text:
        inbound.write_as_customer(chat, text=text, client_key=request.POST.get("clientKey", "")[:100])
    chat.refresh_from_db()
    return render(request, "conversations/_playground_live.html", _context(request, chat))


@require_POST
@in_company
def restart(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    """Forget the test chat and begin a new one."""
    chats.delete(_chat_of(request, assistant_id))
    return render(request, "conversations/_playground.html", _context(request, _chat_of(request, assistant_id)))
