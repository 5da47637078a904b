"""What an assistant knows: its texts, how far they are read, adding and changing them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from assistants import selectors
from assistants.dashboard import forms, pages
from assistants.models import Assistant, KnowledgeDocument
from assistants.services import knowledge
from happ_project.companies.dashboard.access import in_company

_DONE = {KnowledgeDocument.Status.READY, KnowledgeDocument.Status.FAILED}


def _context(assistant: Assistant) -> dict[str, Any]:
    documents = list(selectors.documents(assistant).filter(is_system=False))
    reading = any(document.status not in _DONE for document in documents)
    return {"assistant": assistant, "documents": documents, "reading": reading, "tab": "knowledge"}


def _find(assistant_id: UUID, document_id: UUID) -> KnowledgeDocument:
    try:
        document = selectors.document(document_id)
    except KnowledgeDocument.DoesNotExist:
        raise Http404 from None
    if document.assistant_id != assistant_id or document.is_system:
        raise Http404
    return document


@require_GET
@never_cache
@in_company
def show(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    return render(request, "assistants/knowledge.html", _context(pages.find(assistant_id)))


@require_GET
@never_cache
@in_company
def rows(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    """The list alone, fetched again while something is being read."""
    return render(request, "assistants/_documents.html", _context(pages.find(assistant_id)))


@never_cache
@in_company
def add(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    assistant = pages.find(assistant_id)
    form = forms.DocumentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        knowledge.add_text(assistant, **form.cleaned_data)
        messages.success(request, _("It is being read; the assistant knows it in a few seconds."))
        return redirect("assistants:knowledge", assistant.pk)
    return _form_page(request, assistant, form)


@never_cache
@in_company
def edit(request: HttpRequest, assistant_id: UUID, document_id: UUID) -> HttpResponse:
    assistant = pages.find(assistant_id)
    document = _find(assistant_id, document_id)
    form = forms.DocumentForm(request.POST or None, instance=_find(assistant_id, document_id))
    if request.method == "POST" and form.is_valid():
        knowledge.replace(document, **{name: form.cleaned_data[name] for name in form.changed_data})
        messages.success(request, _("Saved."))
        return redirect("assistants:knowledge", assistant.pk)
    return _form_page(request, assistant, form, document=document)


def _form_page(
    request: HttpRequest,
    assistant: Assistant,
    form: forms.DocumentForm,
    *,
    document: KnowledgeDocument | None = None,
) -> HttpResponse:
    context = {"assistant": assistant, "form": form, "document": document, "tab": "knowledge"}
    return render(request, "assistants/document.html", context, status=422 if form.is_bound else 200)


@require_POST
@in_company
def remove(request: HttpRequest, assistant_id: UUID, document_id: UUID) -> HttpResponse:
    pages.find(assistant_id)
    knowledge.remove(_find(assistant_id, document_id))
    messages.success(request, _("The assistant does not know it any more."))
    return redirect("assistants:knowledge", assistant_id)
