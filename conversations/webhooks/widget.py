"""What a returning website visitor sees: the chat's history, authorised by the visitor's own token."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from conversations.models import Chat, Message
from happ_project.files import services as files
from messengers.models import Address
from messengers.services import outbox
from messengers.webhooks.widget import for_widget, refused, visitor_of

_MOST = 100


@for_widget
def history(request: HttpRequest, address: Address) -> HttpResponse:
    """`GET /widget/<channel>/history/?after=<message id>` → `{"messages": [...]}`, oldest first."""
    visitor = visitor_of(request, address)
    if visitor is None:
        return refused(_("This visit has ended; please reload the page."), 401)
    chat = Chat.objects.filter(integration__address=address, external_id=visitor.id, deleted_at=None).first()
    if chat is None:
        return JsonResponse({"messages": []})
    found = Message.objects.filter(
        chat=chat, role__in=[Message.Role.USER, Message.Role.ASSISTANT], deleted_at=None
    ).exclude(status__in=[Message.Status.CANCELLED, Message.Status.FAILED])
    known, part = _place(request.GET.get("after", ""))
    if known is not None and found.filter(pk=known).exists():
        found = found.filter(id__gte=known)
    latest = list(found.select_related("file").order_by("-id")[:_MOST])
    shown = []
    for message in reversed(latest):
        parts = _as_json(message, address)
        shown += parts[part + 1 :] if message.pk == known else parts
    return JsonResponse({"messages": shown})


def _place(value: str) -> tuple[UUID | None, int]:
    """The message and its part that the page has last; a long text came to it in several."""
    message, _dot, part = value.partition(".")
    try:
        return UUID(message), int(part or 0)
    except ValueError:
        return None, 0


def _as_json(message: Message, address: Address) -> list[dict[str, Any]]:
    """The message as the page got it, part by part under the same ids."""
    if message.is_from_customer:
        parts = [{"id": str(message.pk), "from": "visitor", "text": message.text, "clientId": message.external_id}]
    else:
        kind = message.file.mime.partition("/")[0] if message.file else None
        sender = "assistant" if message.is_from_ai else "human"
        pieces = outbox.pieces(address.capabilities, message.said, kind=kind)
        parts = [
            {"id": outbox.reference(message.pk, i), "from": sender, **piece.for_browser()}
            for i, piece in enumerate(pieces)
        ]
    for part in parts:
        part["at"] = message.sent_at.isoformat()
    if message.file is not None:
        parts[0]["imageUrl"] = files.signed_url(message.file)
    return parts
