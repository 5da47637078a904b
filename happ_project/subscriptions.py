"""The one table that says what happens when: an event of a lower room, and who hears it."""

from collections.abc import Mapping, Sequence

from assistants.events import DocumentIndexed
from happ_project.companies.events import CompanyCreated, CompanySwitched, MemberLeft
from integrations.events import IntegrationSwitched
from messengers.events import (
    AccountStateChanged,
    AddressConnected,
    DeliveryChanged,
    DeliveryTried,
    InboundReceived,
    PortraitFetched,
)

TABLE: Mapping[type, Sequence[str]] = {
    CompanyCreated: ["integrations.subscribers.on_company_created"],
    CompanySwitched: [
        "integrations.subscribers.on_company_switched",
        "conversations.subscribers.on_company_switched",
    ],
    MemberLeft: [],
    AddressConnected: ["integrations.subscribers.on_address_connected"],
    AccountStateChanged: ["integrations.subscribers.on_account_state_changed"],
    DocumentIndexed: ["integrations.subscribers.on_document_indexed"],
    InboundReceived: ["conversations.subscribers.on_inbound_received"],
    PortraitFetched: ["conversations.subscribers.on_portrait_fetched"],
    DeliveryChanged: ["conversations.subscribers.on_delivery_changed"],
    DeliveryTried: ["conversations.subscribers.on_delivery_tried"],
    IntegrationSwitched: ["conversations.subscribers.on_integration_switched"],
}
