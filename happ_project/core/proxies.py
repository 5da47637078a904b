"""Who asks, when a reverse proxy stands before us: it tells the address it was asked from in a header."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

_HEADER = "HTTP_X_FORWARDED_FOR"


class ClientAddress:
    """Makes `REMOTE_ADDR` the address that our outermost proxy saw; what a client wrote itself is not believed.

    Each proxy adds the address it was asked from at the end of `X-Forwarded-For`, so with two of them it is the last
    entry but one. Without proxies (`HAPP_TRUSTED_PROXIES=0`) the header means nothing and this does not run.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.TRUSTED_PROXIES:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = [entry.strip() for entry in request.META.get(_HEADER, "").split(",") if entry.strip()]
        if len(told) >= settings.TRUSTED_PROXIES:
            request.META["REMOTE_ADDR"] = told[-settings.TRUSTED_PROXIES]
        return self.get_response(request)
