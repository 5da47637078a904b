"""Sends a browser that opens the address of an action (a form's target) to the page the action belongs to."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import Resolver404, resolve


class FromActionsToPages:
    """Somebody reloads after signing in, or keeps the address: an empty 405 would tell them nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or not _opens_a_page(request):
            return response
        page = _page_above(request.path_info)
        return HttpResponseRedirect(page) if page else response


def _opens_a_page(request: HttpRequest) -> bool:
    is_fragment = "HX-Request" in request.headers
    return request.method == "GET" and not is_fragment and "text/html" in request.headers.get("Accept", "")


def _page_above(path: str) -> str:
    """The nearest address above that exists, "" if only the front page does."""
    parts = path.strip("/").split("/")
    for end in range(len(parts) - 1, 0, -1):
        above = f"/{'/'.join(parts[:end])}/"
        try:
            resolve(above)
        except Resolver404:
            continue
        return above
    return ""
