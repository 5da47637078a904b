"""A Telegram bot through the whole house, with the double of the Bot API at the other end."""

from __future__ import annotations

import pytest
from django.test import Client

from conversations import selectors
from conversations.models import Message
from conversations.services import outbound, several
from happ_project.companies.models import Company
from happ_project.core import tenancy
from happ_project.files import services as files
from integrations.dashboard import forms
from integrations.models import Integration
from messengers.models import Address, Delivery, InboundReceipt, MessageChange
from messengers.services import upkeep
from tests import factories
from tests.contract.test_features import drawn
from tests.doubles.telegram_bot import Bot, TelegramBot
from tests.messengers.stage import Person, chat_of, said, status_of
from tests.working import Time, work, work_for

pytestmark = pytest.mark.django_db(transaction=True)

PERSON, GROUP = 5001, -1001234567890


def test_a_bot_that_serves_another_program_is_taken_only_when_told_so(house: Company, bot: Bot) -> None:
    bot.webhook_url = "https://other.example.com/hook"
    person = Person(house, "telegram_bot")

    step = person.answers(token=bot.token)
    assert step.fields[0].choices[0].label == "other.example.com"
    person.answers(where="there")
    assert bot.webhook_url == "https://other.example.com/hook"
    person.answers(token=bot.token)
    person.answers(where="here")

    assert person.switches_on().external_id == str(bot.id)
    assert "/webhooks/telegram_bot/" in bot.webhook_url


@pytest.mark.parametrize(
    ("token", "why"),
    [("hello", "looks like 123456789:AA"), (f"123456789:AA{'x' * 33}", "Telegram does not accept this token.")],
)
def test_a_token_is_tried_before_anything_is_saved(house: Company, bot: Bot, token: str, why: str) -> None:
    person = Person(house, "telegram_bot")

    person.answers(token=token)

    assert why in person.errors()
    assert (bot.webhook_url, Address.objects.filter(kind="telegram_bot").exists()) == ("", False)


def test_another_companys_bot_is_not_touched(house: Company, bot: Bot, address: Address) -> None:
    before, stranger = bot.webhook_url, factories.make_company()

    with tenancy.company_scope(stranger):
        person = Person(stranger, "telegram_bot")
        person.answers(token=bot.token)

        assert "another company" in person.errors()
    assert bot.webhook_url == before


def test_a_message_its_picture_and_the_answer(double: TelegramBot, bot: Bot, address: Address) -> None:
    picture = drawn("JPEG")
    double.writes(bot, PERSON, "Є хліб?")
    photo = [{"file_id": double.keep(picture, "photos/1.jpg"), "width": 100, "height": 100}]
    double.writes(bot, PERSON, photo=photo, caption="отакий")
    double.writes(bot, PERSON, voice={"file_id": double.keep(b"OggS" + bytes(40), "voice/1.oga"), "duration": 3})
    work(InboundReceipt)
    message = outbound.send(chat_of(address), text="Є", file=files.store(picture, name="p.jpg"), source="AI")
    work()

    assert [text for _role, text in said(address)] == ["Є хліб?", "отакий", "", "Є"]
    assert all(row.file for row in Message.objects.filter(chat=chat_of(address)).exclude(text="Є хліб?"))
    (sent,) = double.sent
    assert (sent.method, sent.content, sent.text) == ("sendPhoto", picture, "Є")
    assert status_of(message) == "sent"


def album(address: Address, *names: str) -> list[Message]:
    """Pictures that a person sends at once, with a word."""
    made = [files.store(drawn("PNG") + bytes([place]), name=name) for place, name in enumerate(names)]
    return several.send(chat_of(address), files=made, text="look")


def test_several_files_go_as_one_album_and_each_has_its_own_number(
    double: TelegramBot, bot: Bot, address: Address
) -> None:
    double.writes(bot, PERSON, "Hi")
    work(InboundReceipt)

    messages = album(address, "1.png", "2.png", "3.png")
    work()

    assert double.albums == [3]
    assert [(sent.method, sent.text) for sent in double.sent] == [
        ("sendPhoto", "look"),
        ("sendPhoto", ""),
        ("sendPhoto", ""),
    ]
    for message, sent in zip(messages, double.sent, strict=True):
        message.refresh_from_db()
        assert (message.status, message.external_id) == ("sent", f"{PERSON}/{sent.message_id}")


def test_one_file_that_telegram_refuses_fails_alone(
    double: TelegramBot, bot: Bot, address: Address, time: Time
) -> None:
    double.writes(bot, PERSON, "Hi")
    work(InboundReceipt)
    double.odd_pictures.add(drawn("PNG") + bytes([1]))

    messages = album(address, "1.png", "2.png", "3.png")
    work_for(time, 1)

    assert [status_of(message) for message in messages] == ["sent", "failed", "sent"]
    messages[1].refresh_from_db()
    assert "PHOTO_INVALID_DIMENSIONS" in messages[1].status_detail
    assert len(double.sent) == 2


@pytest.mark.parametrize(
    ("how", "statuses"), [("accept then reset", {"unsure"}), ("500", {"unsure"}), ("429", {"sent"})]
)
def test_an_album_of_unknown_fate_is_never_sent_twice(
    double: TelegramBot, bot: Bot, address: Address, time: Time, how: str, statuses: set[str]
) -> None:
    double.writes(bot, PERSON, "Hi")
    work(InboundReceipt)
    double.fail("/sendMediaGroup", how)

    messages = album(address, "1.png", "2.png")
    work_for(time, 60)

    assert {status_of(message) for message in messages} == statuses
    assert len(double.sent) == (0 if how == "500" else 2)


def test_what_telegram_does_not_show_together_goes_one_by_one(
    double: TelegramBot, bot: Bot, address: Address, time: Time
) -> None:
    double.writes(bot, PERSON, "Hi")
    work(InboundReceipt)
    film = files.store(b"\0\0\0\x14ftypqt  " + bytes(60), name="film.mov")

    several.send(chat_of(address), files=[files.store(drawn("PNG"), name="1.png"), film], text="look")
    work_for(time, 1)

    assert [sent.method for sent in double.sent] == ["sendPhoto", "sendDocument"]
    assert double.calls[f"/bot{bot.token}/sendMediaGroup"] == 0, "it would refuse it"


def test_what_telegram_never_took_back_is_kept_here_no_longer(
    double: TelegramBot, bot: Bot, address: Address, time: Time
) -> None:
    double.writes(bot, PERSON, "Hi")
    work(InboundReceipt)
    message = outbound.send(chat_of(address), text="my card is 4444 3333")
    work()
    double.fail("/deleteMessage", "500", times=MessageChange.max_attempts)

    outbound.delete(Message.objects.get(pk=message.pk))
    work_for(time, 3600)

    assert MessageChange.objects.get().state == "failed"
    assert Delivery.objects.get().payload == {}


def test_an_edit_is_followed_and_a_forged_update_refused(double: TelegramBot, bot: Bot, address: Address) -> None:
    number = double.writes(bot, PERSON, "Є хліп?")
    double.edits(bot, PERSON, number, "Є хліб?")
    work(InboundReceipt)
    bot.secret = "forged"
    double.writes(bot, PERSON, "let me in")

    assert said(address) == [("User", "Є хліб?")]
    assert [post.status for post in double.posts] == [200, 200, 403]


def test_a_group_is_one_chat_with_its_people_named(double: TelegramBot, bot: Bot, address: Address) -> None:
    double.writes(bot, PERSON, "between us", group=GROUP)
    asked = f"@{bot.username} що на обід?"
    double.writes(bot, PERSON, asked, group=GROUP, entities=[{"type": "mention", "offset": 0, "length": 9}])
    work(InboundReceipt)

    assert said(address) == [("User", asked)], "privacy mode: the bot was not shown the rest"
    assert (chat_of(address).external_id, chat_of(address).is_group) == (str(GROUP), True)


@pytest.mark.parametrize(
    ("setting", "awaiting"), [("always", ["chatter", "question"]), ("mentioned", ["question"]), ("never", [])]
)
def test_who_is_answered_in_a_group_is_set_on_the_integrations_page(
    house: Company, double: TelegramBot, bot: Bot, address: Address, setting: str, awaiting: list[str]
) -> None:
    bot.reads_groups = True
    integration, client = Integration.objects.get(address=address), Client()
    client.force_login(house.owner)
    shown = forms.AnsweringForm(instance=integration).initial
    form = {name: value for name, value in shown.items() if value is not None} | {"group_answers": setting}
    saved = client.post(f"/integrations/{integration.pk}/", form)
    assert saved.status_code == 302, saved.content

    double.writes(bot, PERSON, "chatter", group=GROUP)
    mention = f"@{bot.username}"
    named = [{"type": "mention", "offset": 0, "length": len(mention)}]
    double.writes(bot, PERSON, f"{mention} question", group=GROUP, entities=named)
    work(InboundReceipt)

    waiting = selectors.unanswered(chat_of(address))
    assert [message.text.removeprefix(f"{mention} ") for message in waiting] == awaiting
    assert len(said(address)) == 2, "it reads along either way"


def test_a_group_that_moved_is_still_the_same_chat(double: TelegramBot, bot: Bot, address: Address) -> None:
    double.writes(bot, PERSON, "/start", group=-4321)
    work(InboundReceipt)
    bot.moved["-4321"] = str(GROUP)
    bot.chats.add(str(GROUP))

    message = outbound.send(chat_of(address), text="Hi", source="AI")
    work()

    assert status_of(message) == "sent"
    assert double.sent[0].chat_id == str(GROUP)


def test_who_blocked_the_bot_gets_nothing_and_the_reason_is_shown(
    double: TelegramBot, bot: Bot, address: Address
) -> None:
    double.writes(bot, PERSON, "Hi")
    work(InboundReceipt)
    bot.blocked_by.add(str(PERSON))

    message = outbound.send(chat_of(address), text="Hello", source="AI")
    work()

    message.refresh_from_db()
    assert (message.status, message.status_detail) == ("failed", "This person has blocked the bot.")
    address.refresh_from_db()
    assert address.state == "connected", "one customer is not the channel"


def test_a_flood_wait_holds_the_queue_for_as_long_as_told(
    double: TelegramBot, bot: Bot, address: Address, time: Time
) -> None:
    double.writes(bot, PERSON, "Hi")
    work(InboundReceipt)
    double.fail("/sendMessage", "429")
    message = outbound.send(chat_of(address), text="Hello", source="AI")
    work_for(time, 6)
    assert status_of(message) == "queued"

    work_for(time, 3)

    assert status_of(message) == "sent"


def test_a_webhook_that_was_deleted_is_set_again_and_a_stolen_one_told(
    double: TelegramBot, bot: Bot, address: Address
) -> None:
    ours, bot.webhook_url = bot.webhook_url, ""
    assert upkeep.check(address).state == "connected"
    assert bot.webhook_url == ours

    bot.webhook_url = "https://other.example.com/hook"
    assert upkeep.check(address).state == "login_required"
    address.refresh_from_db()
    assert "other.example.com" in address.state_detail
