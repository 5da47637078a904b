"""What holds for all pages: where an action's address leads to, and what is said where there is no room for more."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from happ_project.core import allowance


class FromActionsToPages:
    """Sends a browser that opens the address of an action (a form's target) to the page the action belongs to.

    Somebody reloads after signing in, or keeps the address: an empty 405 would tell them nothing.
    """

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


class NoRoomForMore:
    """An action that would pass a bound of the company's leads back to where it was asked for, with the reason."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, allowance.Full):
            return None
        messages.error(request, error.messages[0])
        page = request.headers.get("Referer", "")
        if not url_has_allowed_host_and_scheme(page, {request.get_host()}):
            page = _page_above(request.path_info) or "/"
        return HttpResponseClientRedirect(page) if "HX-Request" in request.headers else HttpResponseRedirect(page)
