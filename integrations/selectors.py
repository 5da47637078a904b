"""What the switchboard knows, for pages, the API and the desk."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection, models
from django.db.models import Q

from happ_project.core import prepared
from integrations.models import Event, Integration, WebhookEndpoint

_MOST_EVENTS = 200


def of_address(address_id: UUID) -> Integration | None:
    """The integration of an address, with it; None if it was removed."""
    return _of_address.first(address_id)


@prepared.query
def _of_address(address_id: UUID) -> models.QuerySet[Integration]:
    found: models.QuerySet[Integration] = Integration.objects.select_related("address")
    return found.filter(address_id=address_id, deleted_at=None)


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
    """The events after a cursor (an event's id; 0: the beginning), in order; never skips one that commits late.

    The order is that of the transactions, and only those events are shown before which none can appear any more: all
    transactions below the oldest open one have ended. An id alone is no such cursor, because a transaction may take a
    low id and commit after a higher one was read.
    """
    found = _settled_events()
    last = Event.objects.filter(pk=cursor).values_list("transaction_id", flat=True).first()
    if last is not None:
        found = found.filter(Q(transaction_id__gt=last) | Q(transaction_id=last, pk__gt=cursor))
    elif cursor:
        found = found.filter(pk__gt=cursor)  # the event itself is gone
    if types:
        found = found.filter(type__in=types)
    return list(found.order_by("transaction_id", "pk")[: min(take, _MOST_EVENTS)])


def latest_event_id() -> int:
    """The cursor of now: nothing that happens later lies before it. 0 if nothing happened yet."""
    return _settled_events().order_by("-transaction_id", "-pk").values_list("pk", flat=True).first() or 0


def _settled_events() -> models.QuerySet[Event]:
    with connection.cursor() as database:
        database.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        (oldest_open,) = database.fetchone()
    return Event.objects.filter(transaction_id__lt=oldest_open)
