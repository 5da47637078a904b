"""Integrations: made when an address is connected, assigned to an assistant, switched on and off."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assistants.models import Assistant
from happ_project.core import allowance, clock, events, prepared
from integrations import types
from integrations.events import IntegrationSwitched
from integrations.models import Integration
from integrations.services import event_log
from messengers.models import Address
from messengers.services import addresses

BUILT_IN = ("api", "playground")


class NotReady(Exception):
    """The integration cannot be switched on yet; the message says what is missing."""


@transaction.atomic
def ensure(address: Address) -> Integration:
    """The integration of a connected address: a new one, or the one it had before, with its history."""
    integration, created = Integration.objects.get_or_create(
        address=address,
        defaults={
            "company_id": address.company_id,
            "title": address.title,
            "hidden": address.capabilities.hidden,
        },
    )
    if not created and integration.deleted_at is not None:
        integration.deleted_at = None
        integration.save(update_fields=["deleted_at"])
    return integration


def check_room() -> None:
    """Raise `allowance.Full` if the company has as many channels as it may. Call before one is connected."""
    allowance.check("channels", Integration.objects.filter(hidden=False, deleted_at=None))


@transaction.atomic
def create_built_in(company_id: UUID) -> None:
    """Give a new company its hosted integrations for the API and the playground, switched on."""
    for kind in BUILT_IN:
        if Integration.objects.filter(address__kind=kind, hidden=True).exists():
            continue
        address = addresses.create_hosted(company_id=company_id, kind=kind, title=kind)
        integration = ensure(address)
        addresses.set_receiving(address, True)
        integration.enabled = True
        integration.save(update_fields=["enabled"])


@transaction.atomic
def assign(integration: Integration, assistant: Assistant | None) -> None:
    """Who answers from now on. Chats that exist keep the assistant they were born with."""
    integration.assistant = assistant
    integration.save(update_fields=["assistant"])
    _tell(integration)


@transaction.atomic
def switch_on(integration: Integration) -> None:
    """Start receiving; chats that were put away come back if their history is still kept. Idempotent."""
    integration = Integration.objects.select_for_update().get(pk=integration.pk)
    if integration.enabled:
        return
    if integration.address.deleted_at is not None:
        raise NotReady(_("The account behind this integration was removed. Connect it again first."))
    integration.enabled, integration.disabled_at = True, None
    integration.save(update_fields=["enabled", "disabled_at"])
    events.publish(IntegrationSwitched(company_id=integration.company_id, integration_id=integration.pk, enabled=True))
    addresses.set_receiving(integration.address, True)
    _tell(integration)


@transaction.atomic
def switch_off(integration: Integration) -> None:
    """Stop receiving and clean up: what is pending is cancelled, the chats leave the inbox. Idempotent."""
    integration = Integration.objects.select_for_update().get(pk=integration.pk)
    if not integration.enabled:
        return
    integration.enabled, integration.disabled_at = False, clock.now()
    integration.save(update_fields=["enabled", "disabled_at"])
    # the chats first, then the address: the order in which whoever takes in a message locks them
    events.publish(IntegrationSwitched(company_id=integration.company_id, integration_id=integration.pk, enabled=False))
    addresses.set_receiving(integration.address, False)
    _tell(integration)


def hold(integration_id: UUID) -> None:
    """See to it that nobody switches the integration while the open transaction lasts. Call before locking a chat.

    Whoever adds a chat to it needs this: switching off could not put away what it does not see yet, and the database
    checks the chat's foreign key, which takes this very lock, at the commit only.
    """
    with prepared.cursor() as cursor:
        cursor.execute("SELECT 1 FROM integrations_integration WHERE id = %s FOR KEY SHARE", [integration_id])


@transaction.atomic
def remove(integration: Integration) -> None:
    """Switch off and take away; the history goes when the company's retention passes."""
    switch_off(integration)
    integration.deleted_at, integration.enabled = clock.now(), False
    integration.save(update_fields=["deleted_at", "enabled"])
    addresses.remove(integration.address)


@transaction.atomic
def update_settings(integration: Integration, **changes: Any) -> None:
    """Change answering settings by field name; the caller has validated them."""
    for name, value in changes.items():
        setattr(integration, name, value)
    integration.save(update_fields=list(changes))
    _tell(integration)


def _tell(integration: Integration) -> None:
    event_log.record(
        company_id=integration.company_id,
        type=types.INTEGRATION_CHANGED,
        payload=as_json(integration),
    )


def _limit(address: Address) -> str | None:
    return address.limited_until.isoformat() if address.limited_until and address.is_limited else None


def as_json(integration: Integration) -> dict[str, Any]:
    """The integration as the API and the event log show it."""
    return {
        "id": str(integration.pk),
        "title": integration.title,
        "kind": integration.address.kind,
        "source": integration.address.adapter_class.source,
        "enabled": integration.enabled,
        "assistantId": str(integration.assistant_id) if integration.assistant_id else None,
        "state": integration.address.state,
        "stateDetail": integration.address.state_detail,
        "limitedUntil": _limit(integration.address),
    }
