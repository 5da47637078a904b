"""What the desk does with the news of the rooms below."""

from conversations.services import chats, inbound, outbound
from integrations.events import IntegrationSwitched
from messengers.events import DeliveryChanged, InboundReceived


def on_inbound_received(event: InboundReceived) -> None:
    inbound.receive(event)


def on_delivery_changed(event: DeliveryChanged) -> None:
    outbound.follow_delivery(event)


def on_integration_switched(event: IntegrationSwitched) -> None:
    if event.enabled:
        chats.bring_back(event.integration_id)
    else:
        chats.put_away(event.integration_id)
