"""Settings → Webhooks: the company's own addresses that hear of everything, and the log of their calls."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from happ_project.companies.dashboard.access import owner_only
from integrations import selectors
from integrations.dashboard import forms
from integrations.models import WebhookDelivery, WebhookEndpoint
from integrations.services import webhooks

_CALLS = 30


@never_cache
@owner_only
def show(request: HttpRequest) -> HttpResponse:
    """The list; a new secret is shown in the answer to its making and nowhere else."""
    form = forms.WebhookForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        try:
            _endpoint, secret = webhooks.create(company_id=request.company.pk, **form.cleaned_data)  # type: ignore[attr-defined]
            form = forms.WebhookForm()
        except webhooks.Unacceptable as error:
            form.add_error(error.field, str(error))
    context = {"endpoints": selectors.endpoints(), "form": form, "secret": secret}
    return render(request, "integrations/webhooks.html", context)


@require_GET
@never_cache
@owner_only
def detail(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    endpoint = get_object_or_404(WebhookEndpoint, pk=endpoint_id)
    calls = WebhookDelivery.objects.filter(endpoint=endpoint).select_related("event").order_by("-id")[:_CALLS]
    return render(request, "integrations/webhook.html", {"endpoint": endpoint, "calls": calls})


@require_POST
@owner_only
def switch(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    endpoint = get_object_or_404(WebhookEndpoint, pk=endpoint_id)
    webhooks.enable(endpoint)
    messages.success(request, _("The webhook is called again."))
    return redirect("integrations:webhook", endpoint.pk)


@require_POST
@owner_only
def remove(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    webhooks.remove(get_object_or_404(WebhookEndpoint, pk=endpoint_id))
    messages.success(request, _("The webhook is removed."))
    return redirect("integrations:webhooks")


@require_POST
@owner_only
def repeat(request: HttpRequest, endpoint_id: UUID, delivery_id: int) -> HttpResponse:
    delivery = get_object_or_404(WebhookDelivery, pk=delivery_id, endpoint_id=endpoint_id)
    webhooks.send_again(delivery)
    messages.success(request, _("The call is made again."))
    return redirect("integrations:webhook", endpoint_id)
