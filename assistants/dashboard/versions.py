"""Publishing an assistant, its versions, what differs between them, and going back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from assistants.dashboard import pages
from assistants.models import Assistant, AssistantVersion
from assistants.services import differences, snapshots, testing, versions
from assistants.services.snapshots import Content
from happ_project.companies.dashboard.access import in_company

_DRAFT = "draft"
_MOST = 200


@require_GET
@never_cache
@in_company
def show(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    assistant = pages.find(assistant_id)
    live = versions.latest(assistant)
    context = {
        "assistant": assistant,
        "tab": "versions",
        "live": live,
        "versions": versions.history(assistant)[:_MOST],
        "changed": versions.is_changed(assistant),
    }
    return render(request, "assistants/versions.html", context)


@require_GET
@never_cache
@in_company
def compare(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    """Two versions, or a version and the draft."""
    assistant = pages.find(assistant_id)
    newest = versions.latest(assistant)
    left = request.GET.get("from") or str(max(newest.number - 1, 1))
    right = request.GET.get("to") or str(newest.number)
    context = {
        "assistant": assistant,
        "tab": "versions",
        "versions": versions.history(assistant)[:_MOST],
        "left": left,
        "right": right,
        "parts": differences.between(_content(assistant, left), _content(assistant, right)),
    }
    return render(request, "assistants/compare.html", context)


def _content(assistant: Assistant, wanted: str) -> Content:
    if wanted == _DRAFT:
        return snapshots.of_draft(assistant)
    found = versions.history(assistant).filter(number=int(wanted)).first() if wanted.isdecimal() else None
    if found is None:
        raise Http404
    return snapshots.of_version(found)


@never_cache
@in_company
def publish(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    """What would change for customers, and the button that does it."""
    assistant = pages.find(assistant_id)
    if request.method == "POST":
        return _publish(request, assistant)
    live = versions.latest(assistant)
    parts = differences.between(snapshots.of_version(live), snapshots.of_draft(assistant))
    context: dict[str, Any] = {"assistant": assistant, "tab": "versions", "live": live, "parts": parts}
    context["standing"] = testing.summary(assistant)
    return render(request, "assistants/publish.html", context)


def _publish(request: HttpRequest, assistant: Assistant) -> HttpResponse:
    try:
        made = versions.publish(assistant, author=request.user, note=request.POST.get("note", ""))
    except versions.Unchanged as error:
        messages.info(request, str(error))
    else:
        messages.success(request, _("Version %d is published. New conversations speak by it.") % made.number)
    return redirect("assistants:versions", assistant.pk)


@require_POST
@in_company
def discard(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    assistant = pages.find(assistant_id)
    versions.discard_draft(assistant)
    messages.success(request, _("The draft is what is published again."))
    return redirect("assistants:edit", assistant.pk)


@require_POST
@in_company
def restore(request: HttpRequest, assistant_id: UUID, version_id: UUID) -> HttpResponse:
    """Publish an older version anew."""
    assistant = pages.find(assistant_id)
    version = get_object_or_404(AssistantVersion, pk=version_id, assistant=assistant)
    made = versions.roll_back(version, author=request.user)
    told = {"old": version.number, "new": made.number}
    messages.success(request, _("Version %(old)d is back, as version %(new)d.") % told)
    return redirect("assistants:versions", assistant.pk)
