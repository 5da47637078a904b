from collections.abc import Callable, Iterator

import pytest

from conversations.models import Chat
from conversations.services import chats
from happ_project.companies.models import Company
from happ_project.core import clock, tenancy
from integrations.services import integrations
from messengers.models import Address, MessengerAccount
from tests import factories
from tests.working import committed, mind, time

__all__ = ["committed", "mind", "time"]

ChatOn = Callable[[str], Chat]


@pytest.fixture
def chat_on(company: Company) -> Iterator[ChatOn]:
    """A chat on a channel of the kind, whose customer wrote just now."""

    def make(kind: str) -> Chat:
        account = MessengerAccount.objects.create(company=company, kind=kind, external_id="1")
        address = Address.objects.create(company=company, account=account, kind=kind, external_id="17", title="Shop")
        integration = integrations.ensure(address)
        integrations.switch_on(integration)
        chat = chats.create(integration=integration, external_id="56", assistant=None, display_name="Olha")
        factories.make_message(chat, "?", external_id="mid", sent_at=clock.now())
        return chat

    with tenancy.company_scope(company):
        yield make
