"""Help from the AI in the composer: asked for by a button, shown to the person who asked, never sent by itself."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from conversations.dashboard import pages
from conversations.models import CopilotTask
from conversations.services import copilot
from happ_project.companies.dashboard.access import in_company


@require_POST
@in_company
def ask(request: HttpRequest, chat_id: UUID) -> HttpResponse:
    """What the composer holds is the draft to work on."""
    chat = pages.find(chat_id)
    try:
        task = copilot.ask(
            chat, action=request.POST.get("action", ""), author=request.user, draft=request.POST.get("text", "")
        )
    except copilot.Refused as refused:
        return render(request, "conversations/_copilot.html", {"chat": chat, "refused": str(refused)})
    return render(request, "conversations/_copilot.html", {"chat": chat, "task": task})


@require_GET
@never_cache
@in_company
def look(request: HttpRequest, chat_id: UUID, task_id: int) -> HttpResponse:
    """Is it done? Only for the person who asked."""
    chat = pages.find(chat_id)
    task = get_object_or_404(CopilotTask, pk=task_id, chat=chat, author=request.user)
    return render(request, "conversations/_copilot.html", {"chat": chat, "task": task})
