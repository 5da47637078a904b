"""Who may see a page of reception."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
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
        try:
            return view(request, *args, **kwargs)
        except ObjectDoesNotExist:  # somebody was faster: it was there when the view looked it up
            raise Http404 from None

    return wrapped


def owner_only(view: View) -> View:
    """As `in_company`, for its owner."""

    @in_company
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        permissions.require_owner(request.membership)  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return wrapped
