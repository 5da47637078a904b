"""The demo shop: a stranger's website that embeds the widget."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from happ_project.demo import seed


def shop(request: HttpRequest) -> HttpResponse:
    """`/demo/shop/`; in production it does not exist."""
    if not settings.ENV.debug:
        raise Http404
    return render(request, "demo/shop.html", {"channel": seed.channel()})
