"""A custom channel on its integration's page: its addresses, a test message, and every request of both directions."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from happ_project.companies.dashboard.access import in_company
from integrations.dashboard import forms, pages
from integrations.models import Integration
from messengers.models import ChannelRequest
from messengers.services import endpoints, request_log


def find(integration_id: UUID) -> Integration:
    found = pages.find(integration_id)
    if not endpoints.is_custom(found.address):
        raise Http404
    return found


@require_GET
@never_cache
@in_company
def log(request: HttpRequest, integration_id: UUID) -> HttpResponse:
    """The log alone: fetched again and again while a test message is on its way."""
    given = request.GET.get("since", "")
    since = int(given) if given.isdecimal() and len(given) < 19 else None
    return _render_log(request, find(integration_id), since=since)


@require_POST
@in_company
def test(request: HttpRequest, integration_id: UUID) -> HttpResponse:
    integration = find(integration_id)
    since = request_log.latest_id(integration.address)
    endpoints.send_test(integration.address)
    if request.htmx:  # type: ignore[attr-defined]
        return _render_log(request, integration, since=since)
    messages.success(request, _("A test message is on its way; the log below shows how it went."))
    return redirect("integrations:detail", integration.pk)


def _render_log(request: HttpRequest, integration: Integration, *, since: int | None) -> HttpResponse:
    """`since`: the newest request there was when somebody began to wait for the next."""
    arrived = since is None or request_log.latest_id(integration.address) > since
    context = {"integration": integration, "since": None if arrived else since, **_log(integration)}
    return render(request, "integrations/_requests.html", context)


def context(integration: Integration, form: forms.EndpointForm | None = None) -> dict[str, Any]:
    """Its part of the integration's page; `form` is one that was refused."""
    address = integration.address
    return {
        "inbound_url": endpoints.inbound_url(address),
        "has_secret": endpoints.has_secret(address),
        "endpoint_form": form or forms.EndpointForm(initial={"endpoint": address.config.get("endpoint", "")}),
        **_log(integration),
    }


def _log(integration: Integration) -> dict[str, Any]:
    return {"requests": [_row(each) for each in request_log.latest(integration.address)]}


def _row(each: ChannelRequest) -> dict[str, Any]:
    payload = json.dumps(each.payload, indent=2, ensure_ascii=False) if each.payload is not None else ""
    return {
        "at": each.at,
        "direction": each.get_direction_display(),
        "is_in": each.direction == ChannelRequest.Direction.IN,
        "status": each.status,
        "fine": each.status is not None and each.status < 400,
        "milliseconds": round(each.seconds * 1000),
        "payload": payload,
        "answer": each.answer,
        "error": each.error,
        "id": each.pk,
    }
