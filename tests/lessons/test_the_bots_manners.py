"""Lessons 15–32: bursts, echoes, handing over; the model speaks from a server of its own, over HTTP."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any

import pytest

from assistants.services import answering
from conversations.models import AiTurn, Chat, Message
from conversations.services import chats, watching
from happ_project.core import clock, tenancy
from integrations.services import integrations
from messengers import types
from messengers.models import Delivery, InboundReceipt
from messengers.services import inbox
from tests.doubles.model import ModelServer, Mood, Reply
from tests.journeys.number import PHONE, Number
from tests.journeys.shop import Shop, open_shop
from tests.speaking import asked_for_answers, heard, model, while_it_thinks
from tests.working import Time, due, outcomes, work, work_for

__all__ = ["model"]

NINE = "We open at nine."
ANSWER = f"ai: {NINE}"
SORRY = "ai: Thank you for your message. A colleague will answer you here shortly."


Opening = Callable[..., AbstractContextManager[Shop]]


@pytest.fixture
def opened(committed: None, model: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Opening:
    """Opens a shop whose assistant speaks by the model; `fields` are columns of its integration."""
    monkeypatch.setattr(watching, "_LOOK_AGAIN", 0)  # it looks at each word whether to go on
    model.script(Reply(NINE))

    @contextmanager
    def open_one(**fields: Any) -> Iterator[Shop]:
        shop = open_shop(**fields)
        with tenancy.company_scope(shop.company):
            yield shop

    return open_one


@pytest.fixture
def shop(opened: Opening) -> Iterator[Shop]:
    with opened() as shop:
        yield shop


def ai_lines(shop: Shop, by: str = "olena") -> list[str]:
    return [line for line in shop.said(by) if line.startswith("ai: ")]


def test_lesson_15_a_burst_is_one_generation_and_a_stream_is_answered(
    shop: Shop, model: ModelServer, time: Time
) -> None:
    """chatwoot/chatwoot#15430, #14545, PR#15133: one AI job per message; then thrown-away generations cost money, and a
    steady stream of messages starves the reply."""
    for number in range(4):
        shop.writes(f"{number}")
        work_for(time, 1)
    work_for(time, 10)
    assert len(asked_for_answers(model)) == 1, "nothing was generated in vain"

    begun = clock.now()
    while len(ai_lines(shop)) < 2:
        shop.writes("and another thing")
        work_for(time, 2)
        assert (clock.now() - begun).total_seconds() <= 22


def test_lesson_15_the_window_after_the_last_check_is_closed(
    shop: Shop, model: ModelServer, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """chatwoot/chatwoot PR#15133: a small window after the last check remains. Here the check is made under the chat's
    lock, in the transaction that queues the answer."""
    monkeypatch.setattr(watching, "_LOOK_AGAIN", 3600)  # it does not look again
    shop.writes("Hello")
    work_for(time, 3)
    model.script(while_it_thinks(shop, lambda: shop.replies("I am here"), NINE))
    work_for(time, 10)

    assert ai_lines(shop) == []


def test_lesson_16_two_messages_inside_the_models_latency_are_one_answer(
    opened: Opening, model: ModelServer, time: Time
) -> None:
    """fazer-ai/agents#49: with debounce off, two messages inside 12-14 s of latency gave two full answers."""

    def second() -> None:
        time.pass_by(6)
        shop.writes("and milk?")
        work(InboundReceipt)
        time.pass_by(7)

    with opened(debounce_seconds=0.0) as shop:
        model.script(while_it_thinks(shop, second, "Yes."), Reply(NINE))
        shop.writes("Do you have bread?")
        work_for(time, 30)

        assert ai_lines(shop) == [ANSWER]
        assert heard(model) == ["Do you have bread?", "and milk?"]


def test_lesson_17_the_prompt_holds_the_whole_burst(shop: Shop, model: ModelServer, time: Time) -> None:
    """automagik-dev/omni#225: debounce grouped the burst, then passed only the last message on."""
    for text in ("I am in Lviv", "I need a cake", "for Sunday"):
        shop.writes(text)
    work_for(time, 5)

    assert heard(model) == ["I am in Lviv", "I need a cake", "for Sunday"]


@pytest.mark.parametrize("seconds", [0.0, 0.3, 8.0, 180.0])
def test_lesson_18_the_quiet_time_is_each_integrations_own(
    opened: Opening, model: ModelServer, time: Time, seconds: float
) -> None:
    """NousResearch/hermes-agent#44883, sarrazola/openlivery PR#28, ChatbotXIO/ChatbotX PR#759: there is no one right
    number."""
    with opened(debounce_seconds=seconds, longest_wait_seconds=max(20.0, seconds)) as shop:
        shop.writes("Hello")
        work_for(time, max(seconds - 0.1, 0))
        assert len(asked_for_answers(model)) == (0 if seconds else 1)
        work_for(time, 0.1)
        assert len(asked_for_answers(model)) == 1


def test_lesson_19_a_command_does_not_wait_for_the_quiet_and_drops_what_is_buffered(
    shop: Shop, model: ModelServer, time: Time
) -> None:
    """openclaw/openclaw PR#83348, PR#10509: "stop" must bypass the window and drop buffered work."""
    shop.writes("Hello")
    shop.writes("/bot off")
    work(InboundReceipt)
    assert not shop.chat().ai_on

    work_for(time, 30)
    assert model.requests == []


@pytest.mark.parametrize("how", ["imported", "hours late", "many of both"])
def test_lesson_20_old_messages_are_never_answered(shop: Shop, model: ModelServer, time: Time, how: str) -> None:
    """ChatbotXIO/ChatbotX#944: one message gave 1-4 replies, and the agent answered old messages after a sync."""
    long_ago = clock.now() - timedelta(hours=8)
    for number in range(1 if how != "many of both" else 10):
        if how != "hours late":
            shop.writes("imported", history=True, sent_at=long_ago, message_id=f"a{number}")
        if how != "imported":
            shop.writes("late", sent_at=long_ago, message_id=f"b{number}")
    work_for(time, 60)

    assert asked_for_answers(model) == []
    assert not any(line.startswith("ai: ") for line in shop.said())
    assert shop.chat().needs_attention == (how != "imported"), "people see to what came late"


@pytest.mark.parametrize("where", ["in the inbox", "over the API", "on the phone"])
def test_lesson_21_a_person_who_answers_from_anywhere_silences_the_bot(
    shop: Shop, model: ModelServer, time: Time, where: str
) -> None:
    """chatwoot/rasa-agent-bot-demo#12, fazer-ai/agents PR#433: the bot kept replying after a person took over."""
    shop.writes("Hello")
    work_for(time, 2)
    if where == "on the phone":
        shop.writes("I am here", from_us=True)
    else:
        shop.replies("I am here", source="API" if where == "over the API" else "PLATFORM")
    work_for(time, 5)
    shop.writes("Thanks, and the price?")
    work_for(time, 60)

    assert model.requests == []
    assert not shop.chat().ai_on


def test_lesson_22_what_was_typed_in_the_app_is_in_the_thread_and_not_the_bots(number: Number, time: Time) -> None:
    """chatwoot/chatwoot PR#13371, PR#11275: echoes of the native app must appear, and not as "Bot"."""
    number.echoes("Come at ten", message_id="typed")
    work_for(time, 10)

    message = Message.objects.get(text="Come at ten")
    assert (message.role, message.source, message.is_from_ai, message.is_from_person) == (
        "Assistant",
        "WHATSAPP",
        False,
        True,
    )


def test_lesson_23_a_handoff_is_the_last_word(shop: Shop, model: ModelServer, time: Time) -> None:
    """fazer-ai/agents#158: the handoff tool sent a closing line and the model then sent the same line again."""
    last = {"message": "I pass you on.", "reason": "a complaint", "category": "complaint"}
    model.script(Reply(tool="turnOffAiMode", arguments=last), Reply("I pass you on."))
    shop.writes("I want to complain")
    work_for(time, 60)

    assert ai_lines(shop) == ["ai: I pass you on."]
    assert len(asked_for_answers(model)) == 1


def test_lesson_24_the_end_of_the_human_stretch_is_on_record(shop: Shop, model: ModelServer, time: Time) -> None:
    """fazer-ai/agents#452, #457: after the chat was given back the AI stayed silent, for the history said only that it
    will be silent now."""
    shop.writes("Hello")
    work(InboundReceipt)
    shop.replies("I am here")
    chats.set_ai(shop.chat(), True)
    shop.writes("And the price?")
    work_for(time, 5)

    note, question = asked_for_answers(model)[0].body["messages"][-2:]
    assert note["content"].startswith("[note of the system") and "The assistant answers again." in note["content"]
    assert question["content"] == "And the price?"
    assert ai_lines(shop) == [ANSWER]


@pytest.mark.parametrize("words", ["conversation_handoff", "[HANDOFF]", "turnOffAiMode"])
def test_lesson_25_words_in_an_answer_hand_nothing_over(shop: Shop, model: ModelServer, time: Time, words: str) -> None:
    """chatwoot/chatwoot PR#13178: handoff by a magic string in the text failed whenever the prompt was customised."""
    model.script(Reply(words))
    shop.writes("Hello")
    work_for(time, 10)

    assert len(asked_for_answers(model)) == 1
    assert shop.chat().ai_on


@pytest.mark.parametrize("mood", ["no_quota", "failing", "broken_off", "empty", "a fault of ours"])
def test_lesson_26_a_handoff_always_says_something(
    shop: Shop, model: ModelServer, time: Time, monkeypatch: pytest.MonkeyPatch, mood: Mood
) -> None:
    """chatwoot/chatwoot#13881: a handoff with no message to the customer reads as a dead bot."""
    if mood == "a fault of ours":
        monkeypatch.setattr(answering, "answer", None)
    model.script(Reply(mood=mood))
    shop.writes("Hello")
    work_for(time, 120)

    assert ai_lines(shop) == [SORRY]
    assert shop.chat().needs_attention


def test_lesson_26_in_the_customers_language(shop: Shop, model: ModelServer, time: Time) -> None:
    """chatwoot/chatwoot#13881, PR#13885: in the customer's language."""
    model.script(Reply(mood="no_quota"))
    shop.writes("Добрий день")
    work_for(time, 10)

    (said,) = ai_lines(shop)
    assert any(letter in said for letter in "іїєґ"), said


def test_lesson_27_echoes_are_known_by_the_ids_we_registered(number: Number, time: Time) -> None:
    """openclaw/openclaw PR#33644, PR#61108, #55426: echo filters that compare text fail, as the provider returns it
    converted and chunked."""
    number.sends("At *nine* o'clock")
    work_for(time, 1)
    (sent,) = number.double.sent

    number.echoes("At nine o’clock", message_id=sent.key_id)
    work_for(time, 10)

    assert number.said(PHONE) == ["customer: Hello", "ai: At *nine* o'clock"]
    assert number.chat(PHONE).ai_on


def test_lesson_28_only_a_customers_message_makes_the_bot_speak(shop: Shop, model: ModelServer, time: Time) -> None:
    """nanocoai/nanoclaw#273, fbsamples/messenger-platform-samples PR#99: reactions and echoes start endless loops."""
    shop.writes("Hello", message_id="m1")
    work_for(time, 10)
    about = {"chat_id": "olena", "message_id": "m1"}
    inbox.accept(
        shop.address,
        [
            types.ReactionReceived(dedup_key="1", emoji="👍", **about),
            types.ReactionReceived(dedup_key="2", emoji="", **about),
            types.MessageEdited(dedup_key="3", text="Hello!", **about),
            types.ReceiptReceived(dedup_key="4", chat_id="olena", message_id="m1", status="read"),
            types.MessageDeleted(dedup_key="5", **about),
            types.StateChanged(dedup_key="6", chat_id="", state="connected"),
        ],
    )
    work_for(time, 120)

    assert len(asked_for_answers(model)) == 1


def test_lesson_28_two_bots_that_talk_to_each_other_end(opened: Opening, model: ModelServer, time: Time) -> None:
    """nanocoai/nanoclaw#273: a rate cap per chat stops bot-to-bot loops."""
    with opened(debounce_seconds=0.0) as shop:
        for _ in range(25):
            shop.writes("Thank you for your message!")
            work_for(time, 2)

        assert len(asked_for_answers(model)) == 20
        assert (shop.chat().ai_on, shop.chat().needs_attention) == (False, True)


def test_lesson_29_what_people_said_is_in_the_bots_memory(shop: Shop, model: ModelServer, time: Time) -> None:
    """langgenius/dify#20483: human turns could not be pushed into the bot's memory."""
    shop.writes("Is the cake ready?")
    work(InboundReceipt)
    shop.replies("Yes, number 7")
    shop.writes("From the phone too?", by="olena")
    shop.writes("Come till six", from_us=True)
    work(InboundReceipt)
    chats.set_ai(shop.chat(), True)
    shop.writes("Thanks, what was the number?")
    work_for(time, 10)

    lines = [line["content"] for line in asked_for_answers(model)[-1].body["messages"]]
    told = [line.partition("] ")[2] for line in lines if line.startswith("[a colleague, ")]
    assert told == ["Yes, number 7", "Come till six"]


def test_lesson_30_a_slow_model_changes_nothing_about_the_chat(shop: Shop, model: ModelServer, time: Time) -> None:
    """chatwoot/chatwoot#12754: a backend slower than the 5 s webhook limit flipped chats to "open"."""
    states = []

    def slowly() -> None:
        for _ in range(10):
            time.pass_by(5)
            chat = shop.chat()
            states.append((chat.ai_on, chat.needs_attention, chat.ai_disable_reason))

    model.script(while_it_thinks(shop, slowly, NINE))
    shop.writes("Hello")
    work_for(time, 10)

    assert set(states) == {(True, False, "")}
    assert ai_lines(shop) == [ANSWER]


def test_lesson_31_the_messenger_is_answered_before_anybody_thinks(shop: Shop, model: ModelServer) -> None:
    """generalbots/generalbots#718: the webhook handler awaited the LLM, Meta retried, everything doubled."""
    assert inbox.accept(shop.address, [shop.event("Hello")])

    assert model.requests == []
    assert (Chat.objects.count(), AiTurn.objects.count()) == (0, 0), "storing is all that is done"
    assert len(due(InboundReceipt)) == 1


def test_lesson_32_errors_hand_over_once_and_not_again_and_again(shop: Shop, model: ModelServer, time: Time) -> None:
    """RocketChat/Apps.Dialogflow#41: on AI errors hand over, but not again and again if the chat is returned."""
    model.script(Reply(mood="no_quota"))
    for _ in range(3):
        shop.writes("Hello?")
        work_for(time, 10)
        chats.set_ai(shop.chat(), True)

    assert ai_lines(shop) == [SORRY]
    assert outcomes() == ["handed_off"] * 3


def test_nothing_of_an_overtaken_or_stopped_turn_reaches_the_customer(
    shop: Shop, model: ModelServer, time: Time
) -> None:
    """Lessons 15, 16, 21 together: the integration goes while the model speaks."""
    model.script(while_it_thinks(shop, lambda: integrations.switch_off(shop.integration), NINE))
    shop.writes("Hello")
    work_for(time, 60)

    assert not Delivery.objects.exists()
