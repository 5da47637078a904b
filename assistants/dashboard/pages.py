"""The assistants: the list, making and changing one, trying it out."""

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
from assistants.dashboard import forms
from assistants.models import Assistant
from assistants.services import assistants, providers
from happ_project.companies import permissions
from happ_project.companies.dashboard.access import in_company
from happ_project.companies.selectors import memberships
from happ_project.core import ids


def find(assistant_id: UUID) -> Assistant:
    """404 for an assistant that is not this company's."""
    try:
        return selectors.assistant(assistant_id)
    except Assistant.DoesNotExist:
        raise Http404 from None


def _default_model(request: HttpRequest) -> str:
    """What answers for an assistant that leaves the choice to the company."""
    return providers.describe(Assistant(company=request.company))  # type: ignore[attr-defined]


@require_GET
@never_cache
@in_company
def show_all(request: HttpRequest) -> HttpResponse:
    found = list(selectors.assistants())
    models = providers.describe_each(found)
    rows = [{"assistant": each, "model": model} for each, model in zip(found, models, strict=True)]
    return render(request, "assistants/list.html", {"rows": rows})


@never_cache
@in_company
def create(request: HttpRequest) -> HttpResponse:
    permissions.require_maker(request.membership)  # type: ignore[attr-defined]
    form = forms.AssistantForm(request.POST or None, default_model=_default_model(request))
    if request.method == "POST" and form.is_valid():
        assistant = assistants.create(company_id=request.company.pk, **form.cleaned_data)  # type: ignore[attr-defined]
        messages.success(request, _("Now teach it what it shall know."))
        return redirect("assistants:knowledge", assistant.pk)
    return render(request, "assistants/edit.html", {"form": form, "tab": "settings"}, status=_status(form))


@never_cache
@in_company
def edit(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    assistant = find(assistant_id)
    default = _default_model(request)
    form = forms.AssistantForm(request.POST or None, instance=find(assistant_id), default_model=default)
    if request.method == "POST" and form.is_valid():
        assistants.change(assistant, draft=True, **form.cleaned_data)
        messages.success(request, _("Saved as a draft. Customers hear it once you publish it."))
        return redirect("assistants:edit", assistant.pk)
    companies = [each for each in memberships.companies_of(request.user) if each.is_open]  # type: ignore[arg-type]
    context = {"assistant": assistant, "form": form, "tab": "settings", "companies": companies}
    return render(request, "assistants/edit.html", context, status=_status(form))


def _status(form: Any) -> int:
    return 422 if form.is_bound else 200


@require_POST
@in_company
def copy(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    """Into this company, or into another one of the person's."""
    assistant = find(assistant_id)
    here = request.company.pk  # type: ignore[attr-defined]
    wanted = ids.read(request.POST.get("company")) or here
    membership = memberships.current(request.user, company_id=wanted)  # type: ignore[arg-type]
    if membership is None or not membership.company.is_open:
        raise Http404
    permissions.require_maker(membership)
    if wanted == here:
        twin = assistants.copy(assistant, company_id=here, name=_("%s (copy)") % assistant.name[:110])
        messages.success(request, _("This is the copy. Its knowledge is being read."))
        return redirect("assistants:edit", twin.pk)
    assistants.copy(assistant, company_id=wanted)
    told = {"name": assistant.name, "company": membership.company.name}
    messages.success(request, _("%(name)s is copied to %(company)s; its tools need their secrets there.") % told)
    return redirect("assistants:edit", assistant.pk)


@require_POST
@in_company
def remove(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    assistant = find(assistant_id)
    assistants.remove(assistant)
    messages.success(request, _("%s is removed.") % assistant.name)
    return redirect("assistants:list")


@require_GET
@never_cache
@in_company
def test(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    """The page around the test chat; the chat itself is a fragment of the desk."""
    assistant = find(assistant_id)
    context = {"assistant": assistant, "model": providers.describe(assistant), "tab": "test"}
    return render(request, "assistants/test.html", context)
