"""The Integrations page: who is logged in where, which channels hang on it, and who answers each of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from assistants.models import Assistant, KnowledgeDocument
from happ_project.companies.dashboard.access import in_company
from happ_project.companies.services import accounts
from happ_project.core import ids
from integrations import selectors
from integrations.models import Integration
from integrations.services import integrations, notices
from messengers.models import Connection


def find(integration_id: UUID) -> Integration:
    """404 for an integration that is not this company's or is built in."""
    try:
        found = selectors.get(integration_id)
    except Integration.DoesNotExist:
        raise Http404 from None
    if found.hidden:
        raise Http404
    return found


def assistants() -> Any:
    return Assistant.objects.filter(deleted_at=None).order_by("name")


def _stands(account: Any, rows: list[Integration]) -> Any:
    """What tells how a login stands: where nothing that hangs on it works, it is no comfort that the login does."""
    works = any(row.address.state == Connection.CONNECTED for row in rows)
    return account if works or account.state != Connection.CONNECTED else rows[0].address


@require_GET
@never_cache
@in_company
def show_all(request: HttpRequest) -> HttpResponse:
    by_account: dict[Any, list[Integration]] = {}
    for row in selectors.visible():
        by_account.setdefault(row.address.account, []).append(row)
    groups = [
        {
            "account": account,
            "adapter": rows[0].address.adapter_class,
            "integrations": rows,
            "stands": _stands(account, rows),
        }
        for account, rows in by_account.items()
    ]
    return render(request, "integrations/list.html", {"groups": groups, "assistants": list(assistants())})


@require_GET
@never_cache
@in_company
def first_steps(request: HttpRequest) -> HttpResponse:
    """What a new company still has to do, as a fragment."""
    rows = list(selectors.visible())
    first = assistants().first()
    integration = next((row for row in rows if row.enabled), rows[0] if rows else None)
    context = {
        "is_verified": accounts.is_verified(request.user),  # type: ignore[arg-type]
        "assistant": first,
        "knows": first is not None and KnowledgeDocument.objects.filter(assistant=first).exists(),
        "integration": integration,
        "tries": integration is not None and integration.address.capabilities.authenticity == "visitor",
        "answers": any(row.enabled and row.assistant_id for row in rows),
    }
    return render(request, "integrations/_first_steps.html", context)


@require_GET
@never_cache
@in_company
def troubles(request: HttpRequest) -> HttpResponse:
    """Which channels cannot do their work or work again, as lines for every page; empty when all is well."""
    return _troubles(request)


@require_POST
@in_company
def dismiss(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Put away the line that a login works again, for whoever asks; answers with the lines that are left."""
    notices.dismiss(notice_id, request.user)  # type: ignore[arg-type]
    return _troubles(request)


def _troubles(request: HttpRequest) -> HttpResponse:
    context = {"troubled": list(notices.troubled()), "healed": notices.healed(request.user)}  # type: ignore[arg-type]
    return render(request, "integrations/_troubles.html", context)


@require_POST
@in_company
def assign(request: HttpRequest, integration_id: UUID) -> HttpResponse:
    integration = find(integration_id)
    chosen = request.POST.get("assistant", "")
    assistant = get_object_or_404(assistants(), pk=ids.read(chosen)) if chosen else None
    integrations.assign(integration, assistant)
    if assistant is None:
        text = _("Nobody answers new chats of “%(title)s” by itself now.") % {"title": integration.title}
    else:
        names = {"title": integration.title, "name": assistant.name}
        text = _("New chats of “%(title)s” are answered by %(name)s. Open chats keep their assistant.") % names
    messages.success(request, text)
    if request.POST.get("stay"):  # the form of the integration's own page
        return redirect("integrations:detail", integration.pk)
    return redirect("integrations:list")


@require_POST
@in_company
def switch(request: HttpRequest, integration_id: UUID) -> HttpResponse:
    integration = find(integration_id)
    if request.POST.get("on") != "yes":
        integrations.switch_off(integration)
        messages.success(request, _("“%s” is switched off.") % integration.title)
    else:
        try:
            integrations.switch_on(integration)
        except integrations.NotReady as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("“%s” is active: messages arrive from now on.") % integration.title)
    return redirect("integrations:detail", integration.pk)


@require_POST
@in_company
def remove(request: HttpRequest, integration_id: UUID) -> HttpResponse:
    integration = find(integration_id)
    integrations.remove(integration)
    messages.success(request, _("“%s” is removed.") % integration.title)
    return redirect("integrations:list")
