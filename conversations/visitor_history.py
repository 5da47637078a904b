"""What a returning website visitor sees: the chat's history, authorised by the visitor's own token."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from conversations.models import Chat, Message
from happ_project.files import services as files
from messengers.models import Address
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
    after = _id_of(request.GET.get("after", ""))
    if after is not None and found.filter(pk=after).exists():
        found = found.filter(id__gt=after)
    latest = list(found.select_related("file").order_by("-id")[:_MOST])
    return JsonResponse({"messages": [_as_json(message) for message in reversed(latest)]})


def _id_of(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def _as_json(message: Message) -> dict[str, Any]:
    sender = "visitor" if message.is_from_customer else "assistant" if message.is_from_ai else "human"
    shown = {"id": str(message.pk), "from": sender, "text": message.text, "at": message.sent_at.isoformat()}
    if message.is_from_customer:
        shown["clientId"] = message.external_id
    if message.file is not None:
        shown["imageUrl"] = files.signed_url(message.file)
    return shown
