"""The Tests tab: what is expected of an assistant, trying it on the draft, and what came of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from assistants.dashboard import pages, standing, testing_forms
from assistants.models import AssistantTest, Rehearsal
from assistants.services import testing
from happ_project.companies.dashboard.access import in_company
from happ_project.core import ids

_MOST_RUNS = 20


def _find(assistant_id: UUID, test_id: UUID) -> AssistantTest:
    found = AssistantTest.objects.select_related("assistant")
    return get_object_or_404(found, pk=test_id, assistant_id=assistant_id, assistant__deleted_at=None)


@require_GET
@never_cache
@in_company
def show(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    context = {**standing.of(pages.find(assistant_id)), "tab": "tests"}
    return render(request, "assistants/tests.html", context)


@require_GET
@never_cache
@in_company
def rows(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    """The list alone, fetched again while tests run."""
    return render(request, "assistants/_tests.html", standing.of(pages.find(assistant_id)))


@require_POST
@in_company
def run_all(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    assistant = pages.find(assistant_id)
    testing.run(assistant)
    return redirect("assistants:tests", assistant.pk)


@never_cache
@in_company
def add(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    """A new test; `?chat=` and `?message=` name the conversation it is made of, whose words the desk puts in."""
    assistant = pages.find(assistant_id)
    form = testing_forms.TestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = testing.create(assistant, **form.columns())
        except testing.TooMany as error:
            form.add_error(None, str(error))
        else:
            testing.run(assistant, made.pk)
            messages.success(request, _("Saved. It is being tried on the draft now."))
            return redirect("assistants:test-edit", assistant.pk, made.pk)
    source = {name: ids.read(request.GET.get(name)) for name in ("chat", "message")}
    context = {"assistant": assistant, "form": form, "tab": "tests", "source": source}
    return render(request, "assistants/test_form.html", context, status=422 if form.is_bound else 200)


@never_cache
@in_company
def edit(request: HttpRequest, assistant_id: UUID, test_id: UUID) -> HttpResponse:
    """A test with the history of its runs."""
    test = _find(assistant_id, test_id)
    form = testing_forms.TestForm(request.POST or None, initial=testing_forms.initial(test))
    if request.method == "POST" and form.is_valid():
        testing.change(test, **form.columns())
        messages.success(request, _("Saved."))
        return redirect("assistants:test-edit", assistant_id, test_id)
    context = {"assistant": test.assistant, "form": form, "tab": "tests", **_history(test)}
    return render(request, "assistants/test_form.html", context, status=422 if form.is_bound else 200)


@require_GET
@never_cache
@in_company
def history(request: HttpRequest, assistant_id: UUID, test_id: UUID) -> HttpResponse:
    """The runs of a test alone, fetched again while one is under way."""
    test = _find(assistant_id, test_id)
    return render(request, "assistants/_test_runs.html", {"assistant": test.assistant, **_history(test)})


def _history(test: AssistantTest) -> dict[str, Any]:
    runs = list(Rehearsal.objects.filter(test=test).order_by("-id")[:_MOST_RUNS])
    mark = testing.digest(test.assistant)
    return {"test": test, "runs": runs, "mark": mark, "busy": any(run.state in run.OPEN for run in runs)}


@require_POST
@in_company
def run_one(request: HttpRequest, assistant_id: UUID, test_id: UUID) -> HttpResponse:
    test = _find(assistant_id, test_id)
    testing.run(test.assistant, test.pk)
    return redirect("assistants:test-edit", assistant_id, test_id)


@require_POST
@in_company
def remove(request: HttpRequest, assistant_id: UUID, test_id: UUID) -> HttpResponse:
    _find(assistant_id, test_id).delete()
    messages.success(request, _("The test is deleted."))
    return redirect("assistants:tests", assistant_id)
