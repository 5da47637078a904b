"""What the switchboard knows, for pages, the API and the desk."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection, models

from integrations.models import Event, Integration, WebhookEndpoint

_MOST_EVENTS = 200


def of_address(address_id: UUID) -> Integration | None:
    """The integration of an address, with its assistant; None if it was removed."""
    found = Integration.objects.select_related("assistant", "address")
    return found.filter(address_id=address_id, deleted_at=None).first()


def visible() -> models.QuerySet[Integration]:
    """What the Integrations page and the API list."""
    return (
        Integration.objects.select_related("address__account", "assistant")
        .filter(deleted_at=None, hidden=False)
        .order_by("address__account__kind", "created_at")
    )


def get(integration_id: UUID) -> Integration:
    """Raises `Integration.DoesNotExist`."""
    return Integration.objects.select_related("address__account", "assistant").get(pk=integration_id, deleted_at=None)


def built_in(kind: str) -> Integration:
    """The company's hosted integration of kind `api` or `playground`."""
    return Integration.objects.select_related("address", "assistant").get(
        address__kind=kind, hidden=True, deleted_at=None
    )


def endpoints() -> models.QuerySet[WebhookEndpoint]:
    return WebhookEndpoint.objects.order_by("created_at")


def events_after(cursor: int, *, types: Sequence[str] = (), take: int = _MOST_EVENTS) -> list[Event]:
    """The events after a cursor (an event's id), oldest first; never skips one that commits late.

    Ids are given before the commit, so a later id may be visible while an earlier one is not yet. Events of
    transactions that could still be open are therefore held back until they are the oldest.
    """
    with connection.cursor() as database:
        database.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        (oldest_open,) = database.fetchone()
    found = Event.objects.filter(pk__gt=cursor, transaction_id__lt=oldest_open).order_by("pk")
    if types:
        found = found.filter(type__in=types)
    return list(found[: min(take, _MOST_EVENTS)])


def latest_event_id() -> int:
    """The cursor of now; 0 if nothing happened yet."""
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
