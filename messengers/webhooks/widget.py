"""The website widget's HTTP side: who the visitor is, and pictures. Messages travel over its socket."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from happ_project.core import ratelimit, tenancy
from happ_project.files import services as files
from messengers.models import Address
from messengers.services import directory, visitors

View = Callable[..., HttpResponse]


def allowed_origin(address: Address, origin: str) -> bool:
    """Whether a page of this origin may embed the widget; an empty list allows every page."""
    allowed = address.config.get("allowed_origins") or []
    if not allowed or not origin:
        return not allowed
    host = urlsplit(origin).netloc.lower()
    own = urlsplit(settings.PUBLIC_URL).netloc.lower()
    hosts = {urlsplit(entry if "//" in entry else f"//{entry}").netloc.lower() for entry in allowed}
    return host in {own, *hosts}


def for_widget(view: View) -> View:
    """Find the widget, answer the browser's preflight, check the origin, open the company's scope."""

    @csrf_exempt
    @wraps(view)
    def wrapped(request: HttpRequest, channel: str) -> HttpResponse:
        origin = request.headers.get("Origin", "")
        address = directory.by_external_id("widget", channel)
        if address is None:
            return JsonResponse({"error": _("There is no chat widget with this channel code.")}, status=404)
        if not allowed_origin(address, origin):
            return JsonResponse({"error": _("This page may not use this chat widget.")}, status=403)
        if request.method == "OPTIONS":
            response: HttpResponse = HttpResponse(status=204)
        else:
            with tenancy.company_scope(address.company_id):
                response = view(request, address)
        response["Access-Control-Allow-Origin"] = origin or "*"
        response["Access-Control-Allow-Headers"] = "authorization, content-type"
        response["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        response["Access-Control-Max-Age"] = "600"
        response["Vary"] = "Origin"
        return response

    return wrapped


def visitor_of(request: HttpRequest, address: Address) -> visitors.Visitor | None:
    """The visitor that the `Authorization: Visitor <token>` header proves."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    return visitors.recognise(address, token.strip()) if scheme.lower() == "visitor" else None


def refused(message: str, status: int = 400) -> JsonResponse:
    return JsonResponse({"error": message}, status=status)


@for_widget
def session(request: HttpRequest, address: Address) -> HttpResponse:
    """Open a visit: keeps a known visitor, makes a new one otherwise."""
    if request.method != "POST":
        return refused(_("Use POST to open a visit."), 405)
    if not ratelimit.allow(f"widget-session:{address.pk}:{request.META.get('REMOTE_ADDR')}", limit=60, seconds=60):
        return refused(_("Too many visits from this address; please wait a minute."), 429)
    if not address.receiving:
        return refused(_("This chat is switched off at the moment."), 409)
    try:
        body = json.loads(request.body or b"{}")
        token = str(body.get("token") or "")
    except (ValueError, AttributeError, RecursionError):
        return refused(_("The body must be a JSON object."))
    visitor = visitors.recognise(address, token)
    if visitor is None:
        visitor, token = visitors.issue(address)
    return JsonResponse({"token": token, "visitorId": visitor.id} | _appearance(address))


def _appearance(address: Address) -> dict[str, Any]:
    capabilities = address.capabilities
    image = capabilities.attachments["image"]
    return {
        "title": address.config.get("title") or address.title,
        "colour": address.config.get("colour") or address.adapter_class.colour,
        "greeting": address.config.get("greeting", ""),
        "limits": {
            "text": capabilities.text_limit,
            "imageBytes": image.max_bytes,
            "imageTypes": list(image.mime_types),
        },
        "socket": f"/ws/widget/{address.external_id}/",
    }


@for_widget
def upload(request: HttpRequest, address: Address) -> HttpResponse:
    """Store a picture; the message that shows it is sent over the socket with its `fileId`."""
    if request.method != "POST":
        return refused(_("Use POST to send a picture."), 405)
    visitor = visitor_of(request, address)
    if visitor is None:
        return refused(_("This visit has ended; please reload the page."), 401)
    one, all_from_there = f"{address.pk}:{visitor.id}", f"{address.pk}:{request.META.get('REMOTE_ADDR')}"
    if not (
        ratelimit.allow(f"widget-file:{one}", limit=20, seconds=60)
        and ratelimit.allow(f"widget-files-from:{all_from_there}", limit=60, seconds=60)
    ):
        return refused(_("Too many pictures at once; please wait a minute."), 429)
    sent: Any = request.FILES.get("file")
    if sent is None:
        return refused(_("file: choose a picture to send."))
    rule = address.capabilities.attachments["image"]
    if sent.size > rule.max_bytes:
        return refused(_("file: the picture is larger than %d MB.") % (rule.max_bytes // 1024 // 1024))
    try:
        stored = files.store(sent.read(), name=sent.name, mime=sent.content_type, wanted=rule.mime_types)
    except files.WrongKind:
        return refused(_("file: only pictures (JPEG, PNG, WebP, GIF) can be sent."))
    except files.Unacceptable as error:
        return refused(f"file: {error}")
    return JsonResponse({"fileId": str(stored.pk), "url": files.signed_url(stored)}, status=201)
