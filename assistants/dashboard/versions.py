"""Publishing an assistant, its versions, what differs between them, and going back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from assistants.dashboard import pages, standing
from assistants.models import Assistant, AssistantVersion, Publication
from assistants.services import differences, publishing, snapshots, testing, versions
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
    return render(request, "assistants/publish.html", {**context, **_progress(assistant)})


def _publish(request: HttpRequest, assistant: Assistant) -> HttpResponse:
    """With `anyway` whatever the tests say."""
    way = publishing.force if "anyway" in request.POST else publishing.ask
    try:
        made = way(assistant, author=request.user, note=request.POST.get("note", ""))
    except versions.Unchanged as error:
        messages.info(request, str(error))
    else:
        if made is None:
            return redirect("assistants:publish", assistant.pk)
        _say_published(request, made.number)
    return redirect("assistants:versions", assistant.pk)


def _say_published(request: HttpRequest, number: int) -> None:
    messages.success(request, _("Version %d is published. New conversations speak by it.") % number)


def _progress(assistant: Assistant) -> dict[str, Any]:
    """How publishing stands: what waits for the tests or was held back, and the tests."""
    under_way = publishing.under_way(assistant)
    context = {"under_way": under_way, "held": None if under_way else publishing.held(assistant)}
    return {**context, "standing": testing.summary(assistant), **standing.of(assistant)}


@require_GET
@never_cache
@in_company
def progress(request: HttpRequest, assistant_id: UUID, publication_id: int) -> HttpResponse:
    """How a publication comes along, fetched again until it has ended; then the page itself."""
    assistant = pages.find(assistant_id)
    row = get_object_or_404(Publication, pk=publication_id, assistant=assistant)
    if row.state in row.OPEN:
        context = {"assistant": assistant, **_progress(assistant)}
        return render(request, "assistants/_publishing.html", context)
    if row.outcome == Publication.Outcome.PUBLISHED:
        _say_published(request, row.number or 0)
        return HttpResponseClientRedirect(reverse("assistants:versions", args=[assistant.pk]))
    return HttpResponseClientRedirect(reverse("assistants:publish", args=[assistant.pk]))


@require_POST
@in_company
def stop(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    """Back to the draft: what waits for its tests is not published."""
    assistant = pages.find(assistant_id)
    publishing.stop(assistant)
    messages.success(request, _("Nothing was published. The draft stays as it is."))
    return redirect("assistants:edit", assistant.pk)


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
