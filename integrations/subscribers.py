"""What the switchboard does with the news of the rooms below."""

from assistants import selectors as mind
from assistants.events import DocumentIndexed
from happ_project.companies.events import CompanyCreated, CompanySwitched
from happ_project.core import tenancy
from integrations import types
from integrations.models import Integration
from integrations.selectors import of_address
from integrations.services import event_log, integrations, notices
from messengers.events import AccountStateChanged, AddressConnected
from messengers.models import Address
from messengers.services import addresses


def on_company_created(event: CompanyCreated) -> None:
    with tenancy.company_scope(event.company_id):
        integrations.create_built_in(event.company_id)


def on_company_switched(event: CompanySwitched) -> None:
    """A closed company receives nothing; opened again, it receives where its integrations are on."""
    for integration in Integration.objects.select_related("address").filter(enabled=True):
        addresses.set_receiving(integration.address, event.is_open)


def on_address_connected(event: AddressConnected) -> None:
    integrations.ensure(Address.objects.get(pk=event.address_id))


def on_account_state_changed(event: AccountStateChanged) -> None:
    integration = of_address(event.address_id)
    if integration is not None:
        event_log.record(
            company_id=event.company_id,
            type=types.INTEGRATION_CHANGED,
            payload=integrations.as_json(integration),
        )
        notices.follow(integration)


def on_document_indexed(event: DocumentIndexed) -> None:
    document = mind.document(event.document_id)
    about = {"assistantId": str(event.assistant_id), "knowledgeId": str(event.document_id), "name": document.name}
    status = {"status": document.status, "statusDetail": event.error or None}
    event_log.record(company_id=event.company_id, type=types.KNOWLEDGE_CHANGED, payload={**about, **status})
