"""One integration: how it stands, how it answers, and for a website widget how it looks and is installed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from happ_project.companies.dashboard.access import in_company
from integrations.dashboard import exchange, forms, pages
from integrations.models import Integration
from integrations.services import integrations
from messengers.services import addresses, callbacks, endpoints

_APPEARANCE_IDS = "appearance_%s"  # two forms with a title share the page


@never_cache
@in_company
def show(request: HttpRequest, integration_id: UUID) -> HttpResponse:
    integration = pages.find(integration_id)
    if request.method != "POST":
        return _page(request, integration)
    form = forms.AnsweringForm(request.POST, instance=pages.find(integration_id))
    if not form.is_valid():
        return _page(request, integration, answering=form, status=422)
    integrations.update_settings(integration, **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("integrations:detail", integration.pk)


@require_POST
@in_company
def change_appearance(request: HttpRequest, integration_id: UUID) -> HttpResponse:
    integration = pages.find(integration_id)
    if not is_widget(integration):
        raise Http404
    form = forms.AppearanceForm(request.POST, auto_id=_APPEARANCE_IDS)
    if not form.is_valid():
        return _page(request, integration, appearance=form, status=422)
    addresses.update_config(integration.address, title=integration.address.title, config=form.cleaned_data)
    messages.success(request, _("Saved. Visitors see it when they open the page again."))
    return redirect("integrations:detail", integration.pk)


@require_POST
@in_company
def change_endpoint(request: HttpRequest, integration_id: UUID) -> HttpResponse:
    integration = exchange.find(integration_id)
    form = forms.EndpointForm(request.POST)
    if form.is_valid():
        try:
            endpoints.change(integration.address, endpoint=form.cleaned_data["endpoint"], secret=form.secret)
        except endpoints.Unacceptable as error:
            form.add_error("new_secret" if error.field == "secret" else "endpoint", str(error))
    if not form.is_valid():
        return _page(request, integration, endpoint=form, status=422)
    endpoints.send_test(integration.address)
    messages.success(request, _("Saved. A test message is on its way; the log below shows how it went."))
    return redirect("integrations:detail", integration.pk)


@require_GET
@never_cache
@in_company
def try_out(request: HttpRequest, integration_id: UUID) -> HttpResponse:
    """The widget on a page that could be a customer's."""
    integration = pages.find(integration_id)
    if not is_widget(integration):
        raise Http404
    return render(request, "demo/shop.html", {"channel": integration.address.external_id})


def is_widget(integration: Integration) -> bool:
    """Whether visitors of a website come to it through our script."""
    return bool(integration.address.capabilities.authenticity == "visitor")


def snippet(integration: Integration) -> str:
    """What goes into the website's pages."""
    source = f"{settings.PUBLIC_URL}/widget/v1.js"
    return f'<script async src="{source}" data-channel="{integration.address.external_id}"></script>'


def _page(
    request: HttpRequest,
    integration: Integration,
    *,
    answering: forms.AnsweringForm | None = None,
    appearance: forms.AppearanceForm | None = None,
    endpoint: forms.EndpointForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "integration": integration,
        "address": integration.address,
        "adapter": integration.address.adapter_class,
        "answering": answering or forms.AnsweringForm(instance=integration),
        "assistants": pages.assistants(),
        "callbacks": callbacks.of(integration.address),
    }
    if is_widget(integration):
        context["snippet"] = snippet(integration)
        context["appearance"] = appearance or forms.AppearanceForm(
            initial=_appearance(integration), auto_id=_APPEARANCE_IDS
        )
    if endpoints.is_custom(integration.address):
        context |= exchange.context(integration, endpoint)
    return render(request, "integrations/detail.html", context, status=status)


def _appearance(integration: Integration) -> dict[str, Any]:
    config, address = integration.address.config, integration.address
    return {
        "title": config.get("title") or address.title,
        "colour": config.get("colour") or address.adapter_class.colour,
        "greeting": config.get("greeting", ""),
        "allowed_origins": "\n".join(config.get("allowed_origins") or []),
    }
