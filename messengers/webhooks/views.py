"""Where messengers post to: proved, parsed, stored, answered; nothing here waits for anything but the database."""

import logging
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from happ_project.core import clock, ids, tenancy
from messengers.adapter import WebhookAdapter, WebhookRequest
from messengers.errors import BadSignature
from messengers.models import Address
from messengers.services import addresses, directory, inbox, left_out, request_log
from messengers.services.io import adapter_of
from messengers.types import Exchange

log = logging.getLogger(__name__)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, kind: str, token: str) -> HttpResponse:
    """`/webhooks/<kind>/<token>/`: 200 stored (or a repeat), 403 not proved, 404 nobody's, 5xx please try again."""
    address = directory.by_webhook_token(kind, token)
    if address is None:
        if addresses.note_login_call(kind, token):
            return _answer(200, "ok")  # the messenger tries the address that a login is about to connect
        return _answer(404, "There is no channel at this address.")
    return _receive(request, address)


@csrf_exempt
@require_POST
def receive_by_channel(request: HttpRequest, channel: str) -> HttpResponse:
    """`/webhook/<channel>`: the documented address of a custom messenger, whose code is its secret name."""
    address = directory.by_external_id("custom", channel)
    if address is None:
        return _answer(404, "There is no channel with this code.")
    return _receive(request, address)


def _receive(request: HttpRequest, address: Address) -> HttpResponse:
    adapter = adapter_of(address)
    if not isinstance(adapter, WebhookAdapter):
        return _answer(404, "This channel does not receive webhooks.")
    query = request.GET.dict() if request.META.get("QUERY_STRING") else {}
    asked = WebhookRequest(
        method=request.method or "",
        headers=request.headers,
        body=request.body,
        query=query,
        id=str(ids.new_id()),
        caller=request.META.get("REMOTE_ADDR") or "",
    )
    with tenancy.company_scope(address.company_id):
        if request.method == "GET":
            return _handshake(adapter, asked)
        if address.capabilities.request_log:
            return _recorded(adapter, address, asked)
        return _store(adapter, address, asked)


def _recorded(adapter: WebhookAdapter, address: Address, asked: WebhookRequest) -> HttpResponse:
    """Store it and tell the company's own log; what a stranger sent is not kept, only that somebody tried."""
    started = clock.monotonic()
    answered = _store(adapter, address, asked)
    proved = answered.status_code != HTTPStatus.FORBIDDEN
    exchange = Exchange(
        direction="in",
        payload=adapter.redact(asked.body) if proved else None,
        status=answered.status_code,
        answer=answered.content.decode(),
        seconds=clock.monotonic() - started,
    )
    request_log.record(address, exchange)
    return answered


def _handshake(adapter: WebhookAdapter, asked: WebhookRequest) -> HttpResponse:
    try:
        said = adapter.handshake(asked, adapter.secrets())
    except BadSignature:
        return _answer(403, "The verification token is wrong.")
    if said is None:
        return _answer(404, "This channel has no handshake; it expects POST.")
    return HttpResponse(said, content_type="text/plain")


def _store(adapter: WebhookAdapter, address: Address, asked: WebhookRequest) -> HttpResponse:
    try:
        adapter.verify(asked, adapter.secrets())
    except BadSignature:
        log.warning("webhook of %s %s refused: bad signature", address.kind, address.pk)
        return _answer(403, "The signature is missing or wrong.")
    if not address.receiving:
        addresses.count_dropped(address)
        return _answer(200, "dropped")
    found = adapter.parse(asked)
    inbox.accept(address, found)
    left_out.count(address.kind, adapter.ignored, address_id=address.pk)
    status, body = adapter.reply(found)
    return JsonResponse(body, status=status)


def _answer(status: int, message: str) -> JsonResponse:
    body: dict[str, Any] = {"ok": status == 200, "message": message}
    return JsonResponse(body, status=status)
