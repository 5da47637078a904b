"""What the desk does with the news of the rooms below."""

from conversations.services import chats, inbound, outbound, portraits, turns
from happ_project.companies.events import CompanySwitched
from integrations.events import IntegrationSwitched
from messengers.events import DeliveryChanged, DeliveryTried, InboundReceived, PortraitFetched


def on_company_switched(event: CompanySwitched) -> None:
    if not event.is_open:
        turns.cancel_all()
        outbound.cancel_all()


def on_inbound_received(event: InboundReceived) -> None:
    inbound.receive(event)


def on_portrait_fetched(event: PortraitFetched) -> None:
    portraits.hang(event)


def on_delivery_changed(event: DeliveryChanged) -> None:
    outbound.follow_delivery(event)


def on_delivery_tried(event: DeliveryTried) -> None:
    outbound.show_try(event)


def on_integration_switched(event: IntegrationSwitched) -> None:
    if event.enabled:
        chats.bring_back(event.integration_id)
    else:
        chats.put_away(event.integration_id)
