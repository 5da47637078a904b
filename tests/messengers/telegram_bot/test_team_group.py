"""The team's Telegram group hears that a chat asks for a person, over the company's own bot."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from conversations.models import Chat, GroupNotice
from conversations.services import chats, team_groups
from happ_project.companies.models import Company
from messengers.models import Address, InboundReceipt
from tests import factories
from tests.doubles.telegram_bot import Bot, TelegramBot
from tests.messengers.stage import chat_of
from tests.working import Time, work

pytestmark = pytest.mark.django_db(transaction=True)

PERSON, GROUP = 5001, -1001234567890


@pytest.fixture
def group(double: TelegramBot, bot: Bot, address: Address) -> Chat:
    """The team's group, in which somebody has greeted the bot."""
    double.writes(bot, PERSON, "/start", group=GROUP)
    work(InboundReceipt)
    return chat_of(address)


@pytest.fixture
def customer(house: Company) -> Chat:
    assistant = factories.make_assistant(house)
    return factories.make_chat(house, assistant=assistant, display_name="Olena")


def asks_for_person(chat: Chat) -> None:
    chats.set_ai(chat, False, reason=Chat.DisableReason.AUTO, why="the customer asks for a person")


def test_the_group_gets_one_message_with_the_link(
    double: TelegramBot, group: Chat, customer: Chat, settings: Any
) -> None:
    team_groups.choose([group.pk])

    asks_for_person(customer)
    work()

    (sent,) = double.sent
    assert sent.chat_id == str(GROUP)
    assert sent.text.splitlines() == [
        "Olena asks for a person",
        f"{customer.integration.title}: the customer asks for a person",
        f"{settings.PUBLIC_URL}/chats/{customer.pk}/",
    ]


def test_each_handoff_is_told_once(double: TelegramBot, group: Chat, customer: Chat, time: Time) -> None:
    team_groups.choose([group.pk])
    asks_for_person(customer)
    asks_for_person(customer)
    work()
    time.pass_by(60)
    chats.set_ai(customer, True)
    asks_for_person(customer)
    work()

    assert len(double.sent) == 2


def test_a_chat_that_somebody_took_before_is_not_told(double: TelegramBot, group: Chat, customer: Chat) -> None:
    team_groups.choose([group.pk])
    asks_for_person(customer)
    Chat.objects.filter(pk=customer.pk).update(needs_attention=False)
    work()

    assert double.sent == []
    assert GroupNotice.objects.get().state == "cancelled"


def test_no_assistant_answers_in_the_teams_group(double: TelegramBot, bot: Bot, group: Chat) -> None:
    group.assistant = factories.make_assistant(group.company)
    group.save()
    team_groups.choose([group.pk])

    group.refresh_from_db()
    assert (group.assistant, group.ai_on) == (None, False)


def test_without_a_group_nothing_is_sent(double: TelegramBot, group: Chat, customer: Chat) -> None:
    asks_for_person(customer)
    work()

    assert double.sent == []


def test_a_group_whose_channel_is_off_loses_the_notice_and_says_why(
    double: TelegramBot, group: Chat, customer: Chat
) -> None:
    team_groups.choose([group.pk])
    group.integration.enabled = False
    group.integration.save()
    asks_for_person(customer)
    work(GroupNotice)

    notice = GroupNotice.objects.get()
    assert (notice.state, "switched off" in notice.last_error) == ("failed", True)
    assert double.sent == []


def test_the_owner_chooses_on_the_page(double: TelegramBot, house: Company, group: Chat, client: Client) -> None:
    client.force_login(house.owner)
    stranger = factories.make_chat(factories.make_company(), is_group=True)

    assert str(group.pk) in client.get("/chats/team-groups/").content.decode()
    client.post("/chats/team-groups/", {"group": [str(group.pk), str(stranger.pk)]})
    assert team_groups.chosen() == {group.pk}
    assert f'value="{group.pk}" checked' in client.get("/chats/team-groups/").content.decode()

    client.post("/chats/team-groups/", {})
    assert team_groups.chosen() == set()
