"""What people do in a chat: write, hand over, move, rename, delete. Each answers with the chat as it is now."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from assistants.models import Assistant
from conversations.dashboard import pages
from conversations.models import Chat, Message
from conversations.services import carriage, chats, inbound, outbound, rehearsing, several
from happ_project.companies.dashboard.access import in_company
from happ_project.core import ids, markup
from happ_project.files import services as files


@require_POST
@in_company
def send(request: HttpRequest, chat_id: UUID) -> HttpResponse:
    """Send what the composer holds. Its key makes a second press of the button the same message."""
    chat = pages.find(chat_id)
    common: dict[str, Any] = {
        "said": markup.typed(request.POST.get("text", "").strip()),
        "author": request.user,
        "client_key": request.POST.get("clientKey", "")[:100],
    }
    try:
        stored, number = _files(request), request.POST.get("stickerId", "").strip()[:20]
        if len(stored) > 1:
            several.send(chat, files=stored, **common)
            return _shown(request, chat)
        file = stored[0] if stored else None
        is_sticker = bool(number) or (file is not None and request.POST.get("sticker") == "yes")
        outbound.send(
            chat,
            file=file,
            sticker_ref="" if file else number,
            specific_type=carriage.STICKER if is_sticker else "",
            **common,
        )
    except (outbound.NotSendable, files.Unacceptable) as error:
        return _refused(request, chat, str(error))
    return _shown(request, chat)


def _files(request: HttpRequest) -> list[files.StoredFile]:
    """Those of the form, stored; one more than may be sent, so that too many are noticed."""
    given = request.FILES.getlist("file")[: several.MOST + 1]
    return [files.store(each.read(), name=each.name or "", mime=each.content_type) for each in given]


def _refused(request: HttpRequest, chat: Chat, reason: str) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "conversations/_refused.html", {"reason": reason}, status=422)
    messages.error(request, reason)
    return redirect("conversations:chat", chat.pk)


def _shown(request: HttpRequest, chat: Chat) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return pages.render_live(request, pages.find(chat.pk))
    return redirect("conversations:chat", chat.pk)


@require_POST
@in_company
def mark_read(request: HttpRequest, chat_id: UUID) -> HttpResponse:
    chats.mark_read(pages.find(chat_id))
    return HttpResponse(status=204)


@require_POST
@in_company
def switch_ai(request: HttpRequest, chat_id: UUID) -> HttpResponse:
    chat = pages.find(chat_id)
    chats.set_ai(chat, request.POST.get("on") == "yes")
    return _shown(request, chat)


@require_POST
@in_company
def assign_assistant(request: HttpRequest, chat_id: UUID) -> HttpResponse:
    chat = pages.find(chat_id)
    chosen = request.POST.get("assistant", "")
    assistant = get_object_or_404(Assistant, pk=ids.read(chosen), deleted_at=None) if chosen else None
    chats.assign_assistant(chat, assistant)
    return _shown(request, chat)


@require_POST
@in_company
def rename(request: HttpRequest, chat_id: UUID) -> HttpResponse:
    chat = pages.find(chat_id)
    chats.rename(chat, request.POST.get("name", "").strip())
    return _shown(request, chat)


@require_POST
@in_company
def delete(request: HttpRequest, chat_id: UUID) -> HttpResponse:
    chats.delete(pages.find(chat_id))
    messages.success(request, _("The chat and its messages are deleted."))
    return redirect("conversations:inbox")


@require_POST
@in_company
def repeat(request: HttpRequest, chat_id: UUID, message_id: UUID) -> HttpResponse:
    """Send again what failed, or what may or may not have arrived, because a person says so."""
    chat = pages.find(chat_id)
    message = get_object_or_404(Message, pk=message_id, chat=chat, deleted_at=None)
    outbound.retry(message.pk)
    return _shown(request, chat)


@require_POST
@in_company
def fetch_file(request: HttpRequest, chat_id: UUID, message_id: UUID) -> HttpResponse:
    """Try once more to get a customer's file that could not be had when it came."""
    chat = pages.find(chat_id)
    rows = Message.objects.select_related("chat__integration__address").filter(chat=chat, deleted_at=None)
    message = get_object_or_404(rows, pk=message_id)
    if not inbound.fetch_again(message):
        return _refused(request, chat, _("The messenger does not give this file out any more. Ask for it again."))
    return _shown(request, chat)


@require_GET
@never_cache
@in_company
def as_test(request: HttpRequest, chat_id: UUID) -> HttpResponse:
    """The fields of a test's form, filled from a chat up to a message: what the customer wrote, what tools said."""
    chat = get_object_or_404(Chat, pk=chat_id, deleted_at=None)
    wanted = ids.read(request.GET.get("message"))
    last = Message.objects.filter(pk=wanted, chat=chat).first() if wanted else None
    lines, recorded = rehearsing.of_chat(chat, until=last)
    context = {"lines": "\n".join(lines), "recorded": json.dumps(recorded, ensure_ascii=False)}
    return render(request, "conversations/_as_test.html", context)
