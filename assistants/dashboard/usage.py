"""Settings → Usage: what the models were used for this month, what it cost, and the limit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from assistants.dashboard import forms
from assistants.services import budgets, embedding, reports
from happ_project.companies import permissions
from happ_project.companies.dashboard.access import in_company, owner_only
from happ_project.companies.models import Company


@require_GET
@never_cache
@in_company
def show(request: HttpRequest) -> HttpResponse:
    """One month; `?month=2026-10` is an earlier one."""
    return render(request, "assistants/usage.html", _context(request))


@require_POST
@never_cache
@owner_only
def set_budget(request: HttpRequest) -> HttpResponse:
    """The limit of each month; an empty field takes it away."""
    form = forms.BudgetForm(request.POST)
    if not form.is_valid():
        return render(request, "assistants/usage.html", {**_context(request), "form": form}, status=422)
    company: Company = request.company  # type: ignore[attr-defined]
    budgets.save(company, **form.cleaned_data)
    embedding.refresh_soon(company.pk)  # what the limit before may have kept from being made
    messages.success(request, _("Saved."))
    return redirect("assistants:usage")


@require_GET
@never_cache
@in_company
def notice(request: HttpRequest) -> HttpResponse:
    """A line for every page while the month's budget is nearly, or wholly, spent; else nothing."""
    now = budgets.state(request.company)  # type: ignore[attr-defined]
    shown = now if now is not None and now.is_nearly_spent else None
    return render(request, "assistants/_budget_notice.html", {"budget": shown})


def _context(request: HttpRequest) -> dict[str, Any]:
    company: Company = request.company  # type: ignore[attr-defined]
    this = budgets.month_of(company)
    report = reports.of_month(company, budgets.asked_month(company, request.GET.get("month", "")))
    budget = budgets.state(company)
    return {
        "report": report,
        "bars": _bars(report),
        "is_now": report.since == this,
        "before": f"{report.since - timedelta(days=1):%Y-%m}",
        "after": f"{report.until:%Y-%m}",
        "budget": budget,
        "may_set": permissions.is_owner(request.membership),  # type: ignore[attr-defined]
        "form": forms.BudgetForm(
            initial={"monthly": budget.monthly, "when_spent": budget.when_spent} if budget else None
        ),
    }


def _bars(report: reports.Report) -> list[dict[str, Any]]:
    """Heights for the chart, by cost; by calls in a month whose models have no price."""
    by_cost = bool(report.total.cost)
    values = [float(sums.cost) if by_cost else float(sums.calls) for _, sums in report.days]
    top = max(values, default=0.0) or 1.0
    return [
        {"day": day, "sums": sums, "height": round(value * 100 / top, 1)}
        for (day, sums), value in zip(report.days, values, strict=True)
    ]
