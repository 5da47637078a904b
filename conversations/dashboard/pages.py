"""The inbox: the list of chats, one chat, and the fragments that its live updates fetch."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from assistants.models import Assistant
from assistants.services import reports
from conversations import selectors
from conversations.dashboard import listing, presenting
from conversations.models import AiTurn, Chat, Message
from conversations.services import carriage, contacts, copilot, several, speaking
from happ_project.companies.dashboard.access import in_company
from happ_project.core import ids, jobs
from integrations import selectors as switchboard
from integrations.models import Integration

_COPILOT = [
    (copilot.Action.SUGGEST, copilot.Action.SUGGEST.label, "lightbulb"),
    (copilot.Action.SHORTER, copilot.Action.SHORTER.label, "pencil"),
    (copilot.Action.FRIENDLIER, copilot.Action.FRIENDLIER.label, "sparkles"),
    (copilot.Action.TRANSLATE, copilot.Action.TRANSLATE.label, "languages"),
    (copilot.Action.SUMMARISE, copilot.Action.SUMMARISE.label, "review"),
]
_WINDOW = 40
_MOST_LIVE = 400
"""Messages that a live update draws at most; a page left open for longer shows the latest ones."""


@require_GET
@never_cache
@in_company
def inbox(request: HttpRequest) -> HttpResponse:
    cursor = switchboard.latest_event_id()  # before anything is read: the page's socket asks what came after it
    return render(request, "conversations/inbox.html", {**list_context(request), "cursor": cursor})


@require_GET
@never_cache
@in_company
def chat_list(request: HttpRequest) -> HttpResponse:
    """The rows alone: the first page again (as many rows as are shown), or the page after a cursor."""
    return render(request, "conversations/_rows.html", list_context(request))


@require_GET
@never_cache
@in_company
def unread(request: HttpRequest) -> HttpResponse:
    """How many chats hold something that nobody has read: the number beside “Chats” in the menu."""
    count = selectors.count_unread()
    return render(request, "conversations/_unread.html", {"count": count, "shown": count if count < 100 else "99+"})


@require_GET
@never_cache
@in_company
def chat(request: HttpRequest, chat_id: UUID) -> HttpResponse:
    """A chat: its pane alone when the list asks for it, else the whole page."""
    found = find(chat_id)
    if request.htmx and not request.htmx.history_restore_request:  # type: ignore[attr-defined]
        return render(request, "conversations/_chat.html", chat_context(request, found))
    return render_whole(request, found)


@require_GET
@never_cache
@in_company
def live(request: HttpRequest, chat_id: UUID) -> HttpResponse:
    """What may have changed in an open chat: its messages from the first one shown, its header, its AI state."""
    return render_live(request, find(chat_id))


@require_GET
@never_cache
@in_company
def earlier(request: HttpRequest, chat_id: UUID) -> HttpResponse:
    """The messages before the first one shown."""
    found = find(chat_id)
    before = get_object_or_404(Message, pk=ids.read(request.GET.get("before")), chat=found)
    messages = selectors.latest_messages(found.pk, take=_WINDOW, before=before)
    context = {"chat": found, "lines": _lines(request, found, messages), "more": len(messages) == _WINDOW}
    return render(request, "conversations/_earlier.html", context)


@require_GET
@never_cache
@in_company
def concerned(request: HttpRequest, integration_id: UUID) -> HttpResponse:
    """How many chats leave the inbox when an integration is switched off: a sentence for its dialog."""
    get_object_or_404(Integration, pk=integration_id, deleted_at=None)
    count = selectors.count_chats_of(integration_id)
    return render(request, "conversations/_concerned.html", {"count": count, "company": request.company})  # type: ignore[attr-defined]


@never_cache
@in_company
def behind(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    """How many conversations under way go on by an older version, and the button that brings them to the newest."""
    assistant = get_object_or_404(Assistant, pk=assistant_id, deleted_at=None)
    moved = speaking.bring_forward(assistant.pk) if request.method == "POST" else 0
    context = {"assistant": assistant, "count": speaking.behind(assistant.pk).count(), "moved": moved}
    return render(request, "conversations/_behind.html", context)


def find(chat_id: UUID) -> Chat:
    """404 for a chat that is not in this company's inbox."""
    try:
        return selectors.chat(chat_id)
    except Chat.DoesNotExist:
        raise Http404 from None


def render_whole(request: HttpRequest, found: Chat, **instead: Any) -> HttpResponse:
    """The page of a chat, with the list beside it. `instead`: of the context's own values."""
    cursor = switchboard.latest_event_id()
    context = {**list_context(request), **chat_context(request, found), "cursor": cursor, **instead}
    return render(request, "conversations/inbox.html", context)


def render_live(request: HttpRequest, found: Chat, *, status: int = 200) -> HttpResponse:
    return render(request, "conversations/_live.html", chat_context(request, found), status=status)


def list_context(request: HttpRequest) -> dict[str, Any]:
    filters = listing.Filters.read(request.GET)
    shown = request.GET.get("count", "")
    take = min(max(int(shown), listing.PAGE), listing.MOST) if shown.isdecimal() else listing.PAGE
    page = listing.page(filters, after=request.GET.get("after", ""), take=take)
    return {
        "filters": filters,
        "page": page,
        "channels": listing.channels(),
        "open_id": request.GET.get("open", ""),
        "has_integrations": switchboard.visible().filter(enabled=True).exists(),
    }


def chat_context(request: HttpRequest, found: Chat) -> dict[str, Any]:
    messages = _window(request, found)
    turn = AiTurn.objects.filter(chat=found, state__in=jobs.Job.OPEN).order_by("id").first()
    adapter = found.integration.address.adapter_class
    freights = carriage.freights(adapter)
    return {
        "chat": found,
        "open_id": str(found.pk),
        "handoff_summary": copilot.handoff_summary(found),
        "has_model": copilot.may_rewrite(found),
        "copilot_actions": _COPILOT,
        "spent": reports.of_subject(found.company_id, str(found.pk)),
        "adapter": adapter,
        "lines": _lines(request, found, messages),
        "first": messages[0] if messages else None,
        "more": bool(messages) and _has_earlier(found, messages[0]),
        "writing": turn is not None and turn.state == jobs.Job.State.RUNNING,
        "waiting": turn is not None and turn.state == jobs.Job.State.WAITING,
        "assistants": Assistant.objects.filter(deleted_at=None).order_by("name"),
        "capabilities": adapter.capabilities,
        "reply_window": selectors.reply_window_of(found),
        "freights": freights if any(freight.is_taken for freight in freights) else [],
        "freights_json": json.dumps({freight.kind: freight.as_json() for freight in freights}),
        "most_files": several.MOST,
        "stickers": next(freight for freight in freights if freight.kind == carriage.STICKER),
        "contact": [{"note": note} for note in contacts.notes(found)],
        "client_key": ids.new_id(),
    }


def _window(request: HttpRequest, found: Chat) -> list[Message]:
    """The end of the history; for a live update it begins where the page's does."""
    anchor = ids.read(request.GET.get("from") or request.POST.get("from"))
    first = Message.objects.filter(pk=anchor, chat=found).first() if anchor else None
    if first is None:
        return selectors.latest_messages(found.pk, take=_WINDOW)
    since = Q(sent_at__gt=first.sent_at) | Q(sent_at=first.sent_at, id__gte=first.pk)
    newest = selectors.messages(found.pk).filter(since).order_by("-sent_at", "-id")[:_MOST_LIVE]
    return list(reversed(newest))


def _has_earlier(found: Chat, first: Message) -> bool:
    return bool(selectors.latest_messages(found.pk, take=1, before=first))


def _lines(request: HttpRequest, found: Chat, messages: list[Message]) -> list[presenting.Line]:
    source = found.integration.address.adapter_class.source
    return presenting.lines(messages, reader=request.user, own_source=source)
