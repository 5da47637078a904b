"""What is known of a customer, beside the chat; and the owner's list of what shall be known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from conversations.dashboard import pages
from conversations.services import contacts
from happ_project.companies.dashboard.access import in_company, owner_only
from happ_project.core import wording

_SPARE_ROWS = 3


class FieldForm(forms.Form):
    """One row of the list; a row without a name is none."""

    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=40)
    description = forms.CharField(label=gettext_lazy("What it is"), required=False, max_length=200)
    ai_may_write = forms.BooleanField(label=gettext_lazy("The assistant notes it"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.hide_optional = True  # type: ignore[attr-defined]


FieldTable = forms.formset_factory(FieldForm, extra=_SPARE_ROWS, max_num=40)


@require_POST
@in_company
def save(request: HttpRequest, chat_id: UUID) -> HttpResponse:
    """Keep what a person knows of the customer; all of it stands there again if a part of it is wrong."""
    chat = pages.find(chat_id)
    told = contacts.notes(chat)
    given = [replace(note, value=request.POST.get(f"contact-{note.name}", note.value).strip()) for note in told]
    try:
        contacts.write(chat, {now.name: now.value for now, before in zip(given, told, strict=True) if now != before})
    except ValidationError as error:
        wrong = error.message_dict
        shown = [{"note": note, "problem": " ".join(wrong.get(note.name, []))} for note in given]
        return pages.render_whole(request, chat, contact=shown)
    messages.success(request, _("Saved."))
    return redirect("conversations:chat", chat.pk)


@never_cache
@owner_only
def fields(request: HttpRequest) -> HttpResponse:
    """Which fields there are, and which of them the assistant may note."""
    rows = [
        {"name": field.name, "description": wording.translated(field.description), "ai_may_write": field.ai_may_write}
        for field in contacts.fields()
    ]
    table = FieldTable(request.POST or None, initial=rows)
    problem = ""
    if request.method == "POST" and table.is_valid():
        given: list[dict[str, Any]] = [form.cleaned_data for form in table if form.cleaned_data.get("name")]
        try:
            contacts.define(request.company.pk, given)  # type: ignore[attr-defined]
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            messages.success(request, _("Saved."))
            return redirect("conversations:contact-fields")
    context = {"table": table, "problem": problem}
    return render(request, "conversations/contact_fields.html", context, status=422 if table.is_bound else 200)
