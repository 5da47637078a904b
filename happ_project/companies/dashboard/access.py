"""Who may see a page of reception."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from happ_project.companies import permissions

View = Callable[..., HttpResponse]


def in_company(view: View) -> View:
    """Signed in and working in an open company: `request.company`, `request.membership`."""

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.membership is None:  # type: ignore[attr-defined]
            return redirect("companies:create")
        if _holds_nul(request):
            raise BadRequest("a text with NUL, which cannot be kept")
        try:
            return view(request, *args, **kwargs)
        except ObjectDoesNotExist:  # somebody was faster: it was there when the view looked it up
            raise Http404 from None

    return wrapped


def _holds_nul(request: HttpRequest) -> bool:
    """Nobody types it; PostgreSQL stores it in no text and compares none with it."""
    return any("\x00" in text for given in (request.GET, request.POST) for _, texts in given.lists() for text in texts)


def owner_only(view: View) -> View:
    """As `in_company`, for its owner."""

    @in_company
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        permissions.require_owner(request.membership)  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return wrapped
