"""Where Meta tells that a person has taken their permission back or wants their data deleted, and the status page.

https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback
"""

import logging

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from messengers.errors import BadSignature
from messengers.services import departures
from messengers.vendors.meta import app, signature

log = logging.getLogger(__name__)

_KINDS = ("facebook", "instagram")


@csrf_exempt
@require_POST
def deauthorize(request: HttpRequest) -> HttpResponse:
    """`/webhooks/meta/deauthorize/`"""
    user_id = _user_of(request)
    if user_id is None:
        return JsonResponse({"error": "The signed request is missing or wrong."}, status=403)
    found = departures.deauthorize(_KINDS, user_id)
    log.info("Meta told of a deauthorization; %d logins ended", found)
    return JsonResponse({"ok": True})


@csrf_exempt
@require_POST
def delete_data(request: HttpRequest) -> HttpResponse:
    """`/webhooks/meta/data-deletion/`: answers where the person can look what became of it."""
    user_id = _user_of(request)
    if user_id is None:
        return JsonResponse({"error": "The signed request is missing or wrong."}, status=403)
    made = departures.delete_data(_KINDS, user_id)
    url = settings.PUBLIC_URL + reverse("messengers:data-deletion-status", args=[made.code])
    return JsonResponse({"url": url, "confirmation_code": made.code})


def _user_of(request: HttpRequest) -> str | None:
    """Whom the request is about, as Meta's app knows them; None if it is not Meta's."""
    secrets = app.signing_secrets(settings.PROVIDER_SETTINGS)
    try:
        said = signature.read_signed_request(request.POST.get("signed_request", ""), secrets)
    except BadSignature:
        log.warning("a signed request was refused: %s", request.path)
        return None
    return str(said.get("user_id") or "")


@require_GET
@never_cache
def status(request: HttpRequest, code: str) -> HttpResponse:
    """`/data-deletion/<code>/`: a page for the person who asked."""
    found = departures.find(code)
    if found is None:
        raise Http404
    return render(request, "messengers/data_deletion.html", {"deletion": found})
