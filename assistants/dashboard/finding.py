"""The search box of the Knowledge page: what the assistant would find for a question, and what would come of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from assistants import selectors
from assistants.dashboard import pages
from assistants.models import KnowledgeSearch
from assistants.services import looking_up
from happ_project.companies.dashboard.access import in_company


class QuestionForm(forms.Form):
    """What a customer might ask."""

    question = forms.CharField(max_length=500)


@require_POST
@never_cache
@in_company
def ask(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    assistant = pages.find(assistant_id)
    form = QuestionForm(request.POST)
    if not form.is_valid():
        return HttpResponse("")
    return _found(request, looking_up.ask(assistant, form.cleaned_data["question"]))


@require_GET
@never_cache
@in_company
def show(request: HttpRequest, assistant_id: UUID, search_id: UUID) -> HttpResponse:
    """What was found so far; the fragment asks again while a worker is at it."""
    pages.find(assistant_id)
    try:
        search = selectors.trial(assistant_id, search_id)
    except KnowledgeSearch.DoesNotExist:
        raise Http404 from None
    return _found(request, search)


def _found(request: HttpRequest, search: KnowledgeSearch) -> HttpResponse:
    result: dict[str, Any] = search.result or {}
    context = {
        "search": search,
        "result": result,
        "waiting": search.state in KnowledgeSearch.OPEN,
        "best": max((passage["score"] for passage in result.get("passages", [])), default=0.0),
    }
    return render(request, "assistants/_found.html", context)
