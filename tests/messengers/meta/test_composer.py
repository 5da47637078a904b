"""The composer shows how long the messenger still takes an answer, and locks when it takes none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from conversations.models import Chat
from conversations.services import chats
from happ_project.companies.models import Company, User
from happ_project.core import clock, tenancy
from integrations.services import integrations
from messengers.models import Address, MessengerAccount
from tests import factories
from tests.working import Time, time

__all__ = ["time"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat(time: Time, company: Company) -> Iterator[Chat]:
    """Olha wrote to the company's Instagram account just now."""
    with tenancy.company_scope(company):
        account = MessengerAccount.objects.create(company=company, kind="instagram", external_id="1")
        address = Address.objects.create(
            company=company, account=account, kind="instagram", external_id="17", title="Shop"
        )
        integration = integrations.ensure(address)
        integrations.switch_on(integration)
        chat = chats.create(integration=integration, external_id="56", assistant=None, display_name="Olha")
        factories.make_message(chat, "?", external_id="mid", sent_at=clock.now())
        yield chat


@pytest.fixture
def page(chat: Chat, alice: User) -> Any:
    client = Client()
    client.force_login(alice)
    return lambda: client.get(f"/chats/{chat.pk}/").content.decode()


def locked(html: str) -> bool:
    return "data-lockable disabled" in html


def test_the_time_left_is_shown(page: Any, time: Time) -> None:
    time.pass_by(21 * 3600)

    assert "Instagram takes answers for another 3" in page()
    assert not locked(page())


def test_after_a_day_only_a_person_may_write(page: Any, time: Time) -> None:
    time.pass_by(25 * 3600)

    assert "The assistant may not answer any more. A person may, for another 5" in page()
    assert not locked(page())


def test_after_a_week_nothing_can_be_written(page: Any, time: Time) -> None:
    time.pass_by(7 * 86_400 + 1)

    assert "You can write again when the customer does." in page()
    assert locked(page())


def test_the_customers_next_message_opens_it_again(page: Any, chat: Chat, time: Time) -> None:
    time.pass_by(8 * 86_400)
    factories.make_message(chat, "Hello?", external_id="mid2", sent_at=clock.now())

    assert "Instagram takes answers for another 1" in page()
    assert not locked(page())


def test_a_messenger_without_a_window_says_nothing_of_it(company: Company, alice: User) -> None:
    chat = factories.make_chat(company)
    client = Client()
    client.force_login(alice)

    html = client.get(f"/chats/{chat.pk}/").content.decode()

    assert "data-window" not in html
    assert not locked(html)
