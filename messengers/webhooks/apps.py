"""Where platforms post what belongs to a whole app of theirs: `/webhooks/<kind>/`, for all companies at once."""

import logging

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from happ_project.core import ids
from messengers import registry
from messengers.adapter import WebhookAdapter, WebhookRequest
from messengers.errors import BadSignature
from messengers.services import app_inbox
from messengers.services.io import adapter_for_login

log = logging.getLogger(__name__)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, kind: str) -> HttpResponse:
    """200 stored (or a repeat, or nobody's), 403 not proved, 404 no such messenger, 5xx please try again."""
    adapter = _adapter(kind)
    if adapter is None:
        return _answer(404, "There is no such messenger here.")
    asked = WebhookRequest(
        method=request.method or "",
        headers=request.headers,
        body=request.body,
        query=request.GET.dict(),
        id=str(ids.new_id()),
        caller=request.META.get("REMOTE_ADDR") or "",
    )
    try:
        if request.method == "GET":
            said = adapter.handshake(asked, adapter.secrets())
            return HttpResponse(said or "", content_type="text/plain", status=200 if said else 404)
        adapter.verify(asked, adapter.secrets())
    except BadSignature as error:
        log.warning("webhook for the app of %s refused: %s", kind, error)
        return _answer(403, "The signature or the verification token is missing or wrong.")
    return _store(adapter, asked)


def _adapter(kind: str) -> WebhookAdapter | None:
    """The messenger at work for no address in particular; None unless it posts to an app's address."""
    if kind not in registry.kinds() or registry.get(kind).capabilities.webhook_scope != "app":
        return None
    adapter = adapter_for_login(kind)
    return adapter if isinstance(adapter, WebhookAdapter) else None


def _store(adapter: WebhookAdapter, asked: WebhookRequest) -> HttpResponse:
    whose = adapter.speaks_for(asked)
    if whose != adapter.kind:
        adapter = _adapter(whose) or adapter
    app_inbox.accept(adapter.kind, adapter.parse(asked), ignored=adapter.ignored)
    return _answer(200, "ok")


def _answer(status: int, message: str) -> JsonResponse:
    return JsonResponse({"ok": status == 200, "message": message}, status=status)
