"""The demo shop: a stranger's website that embeds the widget."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from happ_project.companies.models import Company
from happ_project.core import tenancy
from happ_project.demo import EMAIL
from messengers.models import Address


def shop(request: HttpRequest) -> HttpResponse:
    """`/demo/shop/`; in production it does not exist."""
    if settings.IS_PRODUCTION:
        raise Http404
    return render(request, "demo/shop.html", {"channel": _channel()})


def _channel() -> str | None:
    """The code of the demo company's widget, for the demo page; None before it is made."""
    company = Company.objects.filter(owner__email=EMAIL).first()
    if company is None:
        return None
    with tenancy.company_scope(company):
        widgets = Address.objects.filter(kind="widget", receiving=True).order_by("created_at")
        return widgets.values_list("external_id", flat=True).first()
