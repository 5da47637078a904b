"""What the switchboard does with the news of the rooms below."""

from happ_project.companies.events import CompanyCreated
from happ_project.core import tenancy
from integrations import types
from integrations.selectors import of_address
from integrations.services import event_log, integrations
from messengers.events import AccountStateChanged, AddressConnected
from messengers.models import Address


def on_company_created(event: CompanyCreated) -> None:
    with tenancy.company_scope(event.company_id):
        integrations.create_built_in(event.company_id)


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
