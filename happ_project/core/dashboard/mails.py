"""The mails that nobody sent because there is no mail server: a page for developers only."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from happ_project.core import mail


@never_cache
def show(request: HttpRequest) -> HttpResponse:
    """404 in production: mails hold links that let people in."""
    if settings.IS_PRODUCTION:
        raise Http404
    return render(request, "core/mails.html", {"mails": mail.kept()})
