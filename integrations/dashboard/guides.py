"""The guide to a channel, beside the channel: how it is set up, its limits, what to do when it stops."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from happ_project.companies.dashboard.access import in_company
from happ_project.core import markdown
from messengers.services import addresses, guides


@require_GET
@in_company
def show(request: HttpRequest, kind: str = "") -> HttpResponse:
    """Of one kind of channel, or of all."""
    if kind and kind not in {adapter.kind for adapter in addresses.offered()}:
        raise Http404
    heading, _line, rest = guides.read(kind).partition("\n")
    context = {"heading": heading.lstrip("# "), "guide": markdown.as_html(rest, link=_address), "kind": kind}
    return render(request, "integrations/guide.html", context)


def _address(target: str) -> str:
    if target.startswith("https://"):
        return target
    kind = guides.kind_of(target)
    if kind is None:
        return ""
    return reverse("integrations:guide", args=[kind]) if kind else reverse("integrations:guides")
