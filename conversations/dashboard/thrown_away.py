"""What answers that nobody read took in a month: a part of the page of usage."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from assistants.services import budgets
from conversations import selectors
from happ_project.companies.dashboard.access import in_company
from happ_project.companies.models import Company


@require_GET
@never_cache
@in_company
def show(request: HttpRequest) -> HttpResponse:
    """`?month=2026-10` is an earlier month."""
    company: Company = request.company  # type: ignore[attr-defined]
    since, until = budgets.span_of(company, budgets.asked_month(company, request.GET.get("month", "")))
    report = selectors.thrown_away(company, since, until)
    return render(request, "conversations/_thrown_away.html", {"report": report})
