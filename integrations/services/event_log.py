"""Writing the event log: the one place from which the outside learns what happened."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from happ_project.core import jobs, realtime
from integrations.models import Event, WebhookDelivery, WebhookEndpoint


def record(*, company_id: UUID, type: str, payload: dict[str, Any], chat_id: UUID | None = None) -> Event:
    """Append an event in the caller's transaction: sockets hear of it on commit, webhooks get their rows now."""
    event = Event.objects.create(company_id=company_id, type=type, chat_id=chat_id, payload=payload)
    # not the rows themselves: their secrets would be decrypted for every event
    endpoints = WebhookEndpoint.objects.filter(company_id=company_id, enabled=True).values_list("pk", "event_types")
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            company_id=company_id,
            endpoint_id=endpoint,
            event=event,
            lane=f"{endpoint}:{chat_id or ''}",
            queue=WebhookDelivery.default_queue,
        )
        for endpoint, event_types in endpoints
        if not event_types or type in event_types
    )
    realtime.push_on_commit(realtime.company_topic(company_id), as_json(event))
    return event


def forget(chat_ids: Sequence[UUID]) -> None:
    """Empty the events of deleted chats, in the caller's transaction; their places in the log stay."""
    about = Event.objects.filter(chat_id__in=chat_ids)
    jobs.cancel(WebhookDelivery.objects.filter(event__in=about), reason="the chat was deleted")
    about.update(payload={})


def as_json(event: Event) -> dict[str, Any]:
    """The one form of an event, for the socket, the webhook and the feed."""
    return {
        "id": event.pk,
        "type": event.type,
        "companyId": str(event.company_id),
        "chatId": str(event.chat_id) if event.chat_id else None,
        "createdAt": event.created_at.isoformat(),
        "data": event.payload,
    }
