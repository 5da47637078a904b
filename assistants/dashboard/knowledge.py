"""What an assistant knows: its texts, pages and files, how far they are read, adding and changing them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from assistants import selectors
from assistants.dashboard import document_forms, pages
from assistants.knowledge import direct
from assistants.knowledge.sources.troubles import Unreadable
from assistants.models import Assistant, KnowledgeDocument
from assistants.services import knowledge
from happ_project.companies.dashboard.access import in_company
from happ_project.files import services as files

_PASSAGES = 50
"""Shown at once of how a document was cut."""


def _context(assistant: Assistant) -> dict[str, Any]:
    documents = list(selectors.documents(assistant).filter(is_system=False))
    told = selectors.told_whole(assistant)
    return {
        "assistant": assistant,
        "documents": documents,
        "reading": any(not document.is_settled for document in documents),
        "told": told,
        "told_size": sum(each.size for each in told if each.fits),
        "without_room": [each for each in told if not each.fits],
        "budget": direct.BUDGET,
        "tab": "knowledge",
    }


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
    """A form for each kind, `?kind=`."""
    assistant = pages.find(assistant_id)
    kind = request.GET.get("kind", KnowledgeDocument.Kind.TEXT)
    if kind not in document_forms.BY_KIND:
        raise Http404
    form = document_forms.BY_KIND[kind](request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and _saved(form, kind, lambda given: _add(assistant, kind, given)):
        messages.success(request, _("It is being read; the assistant knows it in a few seconds."))
        return redirect("assistants:knowledge", assistant.pk)
    return _form_page(request, assistant, form, kind=kind)


def _add(assistant: Assistant, kind: str, given: dict[str, Any]) -> KnowledgeDocument:
    add: Any = {"text": knowledge.add_text, "url": knowledge.add_page, "file": knowledge.add_file}[kind]
    return add(assistant, **given)


@never_cache
@in_company
def edit(request: HttpRequest, assistant_id: UUID, document_id: UUID) -> HttpResponse:
    """The document: how far it is, what it is, and the passages it was cut into (`?from=` a position)."""
    assistant = pages.find(assistant_id)
    document = _find(assistant_id, document_id)
    own = _find(assistant_id, document_id)
    form = document_forms.BY_KIND[document.kind](request.POST or None, request.FILES or None, instance=own)
    if request.method == "POST" and form.is_valid():
        form.cleaned_data = {name: form.cleaned_data[name] for name in form.changed_data}
        if form.cleaned_data.get("name") == "":
            del form.cleaned_data["name"]
        if _saved(form, document.kind, lambda given: knowledge.replace(document, **given)):
            messages.success(request, _("Saved."))
            return redirect("assistants:knowledge-edit", assistant.pk, document.public_id)
    return _form_page(request, assistant, form, kind=document.kind, document=document)


def _saved(form: document_forms.DocumentForm, kind: str, save: Callable[[dict[str, Any]], object]) -> bool:
    """Have a service save what the form holds; what it refuses is told at the field."""
    given = dict(form.cleaned_data)
    upload = given.pop("upload", None)
    field = "url" if kind == KnowledgeDocument.Kind.URL else "upload"
    try:
        if upload:
            file, found = knowledge.store(upload, name=upload.name)
            given |= {"file": file, "format": found}
        save(given)
    except Unreadable as trouble:
        form.add_error(field, knowledge.said(trouble))
        return False
    except files.Unacceptable as refusal:
        form.add_error(field, str(refusal))
        return False
    return True


def _form_page(
    request: HttpRequest,
    assistant: Assistant,
    form: document_forms.DocumentForm,
    *,
    kind: str,
    document: KnowledgeDocument | None = None,
) -> HttpResponse:
    context = {"assistant": assistant, "form": form, "kind": kind, "document": document, "tab": "knowledge"}
    if document is not None:
        first = int(start) if (start := request.GET.get("from", "")).isdecimal() and len(start) < 7 else 0
        passages = list(selectors.chunks(document)[first : first + _PASSAGES + 1])
        context |= {
            "passages": passages[:_PASSAGES],
            "next": first + _PASSAGES if len(passages) > _PASSAGES else None,
            "passage_count": selectors.chunks(document).count(),
        }
    return render(request, "assistants/document.html", context, status=422 if form.is_bound else 200)


@require_POST
@in_company
def read_again(request: HttpRequest, assistant_id: UUID, document_id: UUID) -> HttpResponse:
    """Fetch the page or parse the file once more."""
    pages.find(assistant_id)
    knowledge.read_again(_find(assistant_id, document_id))
    messages.success(request, _("It is being read again."))
    return redirect("assistants:knowledge-edit", assistant_id, document_id)


@require_POST
@in_company
def remove(request: HttpRequest, assistant_id: UUID, document_id: UUID) -> HttpResponse:
    pages.find(assistant_id)
    knowledge.remove(_find(assistant_id, document_id))
    messages.success(request, _("The assistant does not know it any more."))
    return redirect("assistants:knowledge", assistant_id)
