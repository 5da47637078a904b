"""Writing the event log: the one place from which the outside learns what happened."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from psycopg.types.json import Jsonb

from happ_project.core import clock, jobs, prepared, realtime
from integrations.models import Event, WebhookDelivery

_FORGOTTEN_AT_ONCE = 2_000
_RECORD = """
    INSERT INTO integrations_event (company_id, type, chat_id, payload, created_at)
    VALUES (%(company)s, %(type)s, %(chat)s, %(payload)s, %(now)s)
    RETURNING id, ARRAY(
        SELECT endpoint.id FROM integrations_webhookendpoint endpoint
        WHERE endpoint.company_id = %(company)s AND endpoint.enabled
          AND (endpoint.event_types = '[]' OR endpoint.event_types @> to_jsonb(%(type)s::text)))"""


def record(*, company_id: UUID, type: str, payload: dict[str, Any], chat_id: UUID | None = None) -> Event:
    """Append an event in the caller's transaction: sockets hear of it on commit, webhooks get their rows now.

    One statement, past the ORM: every change of everything comes by here.
    """
    event = Event(company_id=company_id, type=type, chat_id=chat_id, payload=payload)
    with prepared.cursor() as cursor:
        cursor.execute(
            _RECORD,
            {"company": company_id, "type": type, "chat": chat_id, "payload": Jsonb(payload), "now": event.created_at},
        )
        event.pk, endpoints = cursor.fetchone()
    if endpoints:
        _plan_calls(event, endpoints)
    realtime.push_on_commit(realtime.company_topic(company_id), as_json(event))
    return event


def _plan_calls(event: Event, endpoints: Sequence[UUID]) -> None:
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            company_id=event.company_id,
            endpoint_id=endpoint,
            event=event,
            lane=f"{endpoint}:{event.chat_id or ''}",
            queue=WebhookDelivery.default_queue,
        )
        for endpoint in endpoints
    )


def settle() -> int:
    """After a restore into another cluster: the events that came along stand before all new ones. Returns how many.

    The log is read in the order of transaction ids, up to the oldest open transaction. Ids of another cluster may lie
    far ahead of this one's, and such events would not be seen for a long time. All that came with them, in their
    order, get ids below zero.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT max(id), max(transaction_id) FROM integrations_event
            WHERE transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
            """
        )
        last, highest = cursor.fetchone() or (None, None)
        if last is None:
            return 0
        cursor.execute(
            "UPDATE integrations_event SET transaction_id = transaction_id - %s - 1 WHERE id <= %s", [highest, last]
        )
        return cursor.rowcount


def adopt(chat_id: UUID, other_id: UUID) -> None:
    """What was told of another chat is of this one now, which it became a part of: whoever empties one finds both."""
    Event.objects.filter(chat_id=other_id).update(chat_id=chat_id)


def retell(chat_id: UUID, part: str, *, key: str, values: Sequence[str], now: dict[str, Any]) -> list[dict[str, Any]]:
    """Have a chat's events say something else where their payload's `part` has one of the values under `key`.

    In the caller's transaction; what waits for a webhook goes out as it is then. Returns what stood there before.
    """
    found = list(Event.objects.filter(chat_id=chat_id, **{f"payload__{part}__{key}__in": values}))
    before = [event.payload[part] for event in found]
    for event in found:
        event.payload = {**event.payload, part: {**event.payload[part], **now}}
    Event.objects.bulk_update(found, ["payload"])
    return before


def forget(chat_ids: Sequence[UUID]) -> None:
    """Empty the events of deleted chats, in the caller's transaction; their places in the log stay."""
    about = Event.objects.filter(chat_id__in=chat_ids)
    jobs.cancel(WebhookDelivery.objects.filter(event__in=about), reason="the chat was deleted")
    about.update(payload={})


def forget_expired() -> int:
    """Delete what is older than the operator keeps it, of the company whose scope is open. Returns how many."""
    until, count = clock.now() - timedelta(days=settings.EVENT_DAYS), 0
    oldest = Event.objects.order_by("transaction_id", "pk").values_list("pk", "created_at")
    while expired := [key for key, at in oldest[:_FORGOTTEN_AT_ONCE] if at < until]:
        Event.objects.filter(pk__in=expired).delete()
        count += len(expired)
    return count


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
