"""`/bot`: who may switch the AI by it, and that nobody answers it."""

from collections.abc import Callable

import pytest

from conversations.models import Message
from conversations.services import chats, inbound, outbound
from happ_project.core import tenancy
from integrations.models import Integration
from messengers.models import Delivery, InboundReceipt
from tests.journeys.shop import Shop, open_shop
from tests.working import Mind, Time, work, work_for

EVERYONE, TEAM, OFF = Integration.BotCommand.EVERYONE, Integration.BotCommand.TEAM, Integration.BotCommand.OFF


def by_customer(shop: Shop, text: str) -> None:
    shop.writes(text)
    work(InboundReceipt)


def by_colleague(shop: Shop, text: str) -> None:
    shop.replies(text)


def by_program(shop: Shop, text: str) -> None:
    shop.replies(text, source="API")


def on_the_phone(shop: Shop, text: str) -> None:
    shop.writes(text, from_us=True)
    work(InboundReceipt)


@pytest.mark.parametrize(
    ("who", "allowed", "toggles"),
    [
        (by_customer, EVERYONE, True),
        (by_customer, TEAM, False),
        (by_customer, OFF, False),
        (by_colleague, EVERYONE, True),
        (by_colleague, TEAM, True),
        (by_program, TEAM, True),
        (on_the_phone, EVERYONE, True),
        (on_the_phone, TEAM, True),
    ],
)
def test_it_toggles_the_ai_for_those_who_may(
    db: None, mind: Mind, time: Time, who: Callable[[Shop, str], None], allowed: str, toggles: bool
) -> None:
    shop = open_shop(bot_command=allowed)
    with tenancy.company_scope(shop.company):
        by_customer(shop, "Hello")
        work_for(time, 5)
        asked = len(mind.transcripts)

        who(shop, "/bot")
        work_for(time, 30)
        assert shop.chat().ai_on is not toggles
        who(shop, "/bot")
        work_for(time, 30)

        assert shop.chat().ai_on
        assert len(mind.transcripts) == asked, "a command is not answered"


@pytest.mark.parametrize(
    ("text", "on"), [("/bot", False), ("/BOT", False), ("  /bot@happ  ", False), ("/bot off", False), ("/bot on", True)]
)
def test_it_is_understood_in_its_forms(shop: Shop, text: str, on: bool) -> None:
    by_customer(shop, "Hello")
    by_customer(shop, text)

    assert shop.chat().ai_on is on


@pytest.mark.parametrize("text", ["/bottle", "about /bot", "/bot please", "bot", "/bot\nhello"])
def test_other_words_are_a_message(shop: Shop, mind: Mind, time: Time, text: str) -> None:
    by_customer(shop, text)
    work_for(time, 5)

    assert shop.chat().ai_on
    assert mind.heard == [text]


def test_a_customers_command_is_in_the_history_but_not_in_what_the_ai_reads(shop: Shop, mind: Mind, time: Time) -> None:
    by_customer(shop, "Hello")
    by_customer(shop, "/bot")
    by_customer(shop, "/bot")
    work_for(time, 5)

    assert shop.said() == ["customer: Hello", "customer: /bot", "customer: /bot", "ai: We open at nine."]
    assert mind.heard == ["Hello"]


def test_a_colleagues_command_goes_to_nobody(shop: Shop) -> None:
    by_customer(shop, "Hello")

    assert shop.replies("/bot") is None

    assert not Delivery.objects.exists()
    assert shop.said() == ["customer: Hello"]


def test_where_it_is_off_a_colleague_just_wrote_these_letters(db: None) -> None:
    shop = open_shop(bot_command=OFF)
    with tenancy.company_scope(shop.company):
        by_customer(shop, "Hello")
        shop.replies("/bot")

        assert Delivery.objects.get().payload["text"] == "/bot"
        assert not shop.chat().ai_on, "whoever writes takes over"


def test_a_customers_command_that_is_not_obeyed_is_there_for_people(db: None, mind: Mind, time: Time) -> None:
    shop = open_shop(bot_command=TEAM)
    with tenancy.company_scope(shop.company):
        by_customer(shop, "/bot")
        work_for(time, 30)

        assert (shop.chat().unread, shop.chat().ai_on, mind.transcripts) == (1, True, [])


def test_a_command_in_between_does_not_swallow_the_answer(shop: Shop, mind: Mind, time: Time) -> None:
    # "on" while it is on changes nothing; it must not count as a newer message either
    by_customer(shop, "Hello")
    work_for(time, 3.5)
    mind.meanwhile = lambda: by_customer(shop, "/bot on")
    work_for(time, 10)

    assert [line for line in shop.said() if line.startswith("ai")] == ["ai: We open at nine."]
    assert len(mind.transcripts) == 1


def test_switching_on_takes_up_what_waited(shop: Shop, mind: Mind, time: Time) -> None:
    by_customer(shop, "Hello")
    by_customer(shop, "/bot")
    work_for(time, 30)
    assert mind.transcripts == []

    by_customer(shop, "/bot")
    work_for(time, 5)
    assert mind.heard == ["Hello"]


def test_it_works_over_the_api_too(shop: Shop, mind: Mind, time: Time) -> None:
    chat = chats.create(integration=shop.integration, external_id="from a program", assistant=shop.assistant)
    inbound.write_as_customer(chat, text="Hello")
    inbound.write_as_customer(chat, text="/bot")
    work_for(time, 30)
    assert mind.transcripts == []

    assert outbound.send(chat, text="/bot", source="API") is None
    work_for(time, 5)
    assert mind.heard == ["Hello"]
    assert Message.objects.filter(chat=chat, source="AI").exists()


@pytest.mark.parametrize(
    ("who", "named"), [(by_customer, "the customer wrote /bot"), (by_colleague, "the team wrote /bot")]
)
def test_the_history_says_who_switched(shop: Shop, who: Callable[[Shop, str], None], named: str) -> None:
    by_customer(shop, "Hello")
    who(shop, "/bot")
    who(shop, "/bot")

    notes = Message.objects.filter(chat=shop.chat(), role="System").order_by("id").values_list("text", flat=True)
    assert list(notes) == [f"The assistant was switched off: {named}", f"The assistant answers again: {named}"]
