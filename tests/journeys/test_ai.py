"""The AI's turn: after four seconds of quiet, once, and never against a person."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from assistants import errors
from assistants.services import assistants
from assistants.types import Outcome
from conversations.models import AiTurn, Chat, ChatTimer, Message
from conversations.services import ai_turns, chats, outbound, turns
from happ_project.core import clock, jobs, tenancy
from integrations.services import integrations
from messengers import types
from messengers.models import Delivery, InboundReceipt
from messengers.services import inbox
from tests import factories
from tests.journeys.shop import Shop, open_shop
from tests.working import Mind, Time, at_once, due, outcomes, work, work_for

ANSWER = "ai: We open at nine."


def answers(shop: Shop) -> list[str]:
    return [line for line in shop.said() if line.startswith("ai: ")]


# --- when -------------------------------------------------------------------------------------------------------------


def test_the_answer_comes_after_four_seconds_of_quiet(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("Hello")
    work_for(time, 3.5)
    assert mind.transcripts == []

    work_for(time, 0.5)
    assert shop.said() == ["customer: Hello", ANSWER]


def test_each_message_starts_the_quiet_anew_and_three_get_one_answer(shop: Shop, mind: Mind, time: Time) -> None:
    for text in ("Hello", "do you have bread", "without gluten?"):
        shop.writes(text)
        work_for(time, 3)
    assert mind.transcripts == []

    work_for(time, 20)

    assert answers(shop) == [ANSWER]
    assert len(mind.transcripts) == 1
    assert mind.heard == ["Hello", "do you have bread", "without gluten?"]
    assert outcomes() == ["answered"]


def test_a_stream_of_messages_is_answered_after_twenty_seconds_in_all(shop: Shop, mind: Mind, time: Time) -> None:
    for number in range(6):
        shop.writes(f"{number}")
        work_for(time, 3)
    shop.writes("6")
    work_for(time, 1.5)
    assert mind.transcripts == []

    work_for(time, 0.5)
    assert len(mind.transcripts) == 1
    assert mind.heard == [f"{number}" for number in range(7)]


@pytest.mark.parametrize(
    ("debounce", "longest", "expected"), [(0.0, 20.0, 0.0), (1.0, 20.0, 1.0), (10.0, 30.0, 10.0), (8.0, 8.0, 8.0)]
)
def test_quiet_and_longest_wait_are_the_integrations(
    db: None, mind: Mind, time: Time, debounce: float, longest: float, expected: float
) -> None:
    shop = open_shop(debounce_seconds=debounce, longest_wait_seconds=longest)
    with tenancy.company_scope(shop.company):
        shop.writes("Hello")
        work(InboundReceipt)

        assert (AiTurn.objects.get().run_at - clock.now()).total_seconds() == expected


def test_the_wait_is_counted_anew_after_an_answer(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("Hello")
    work_for(time, 30)
    shop.writes("And on Sunday?")
    work(InboundReceipt)

    assert (AiTurn.objects.latest("id").run_at - clock.now()).total_seconds() == 4


def test_no_turn_is_made_where_nobody_may_speak(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("Hello")
    work(InboundReceipt)
    chats.assign_assistant(shop.chat(), None)
    shop.writes("Hello?", by="taras")
    work(InboundReceipt)
    chats.set_ai(shop.chat("taras"), False)
    work_for(time, 30)

    assert mind.transcripts == []
    assert shop.chat().waiting_since is not None


def test_two_messages_at_once_leave_one_waiting_turn(real_shop: Shop) -> None:
    real_shop.writes("first, so that there is a chat")
    work(InboundReceipt)
    chat = real_shop.chat()

    def write() -> None:
        with tenancy.company_scope(real_shop.company):
            inbox.accept(real_shop.address, [real_shop.event("x", dedup_key=str(clock.monotonic()))])
            for row in due(InboundReceipt):
                jobs.run(row._meta.label, row.pk, real_shop.company.pk)

    at_once(*[write] * 5)
    work(InboundReceipt)

    assert AiTurn.objects.get(chat=chat).state == "waiting"


# --- overtaken --------------------------------------------------------------------------------------------------------


def arrive(shop: Shop, text: str) -> Callable[[], None]:
    def act() -> None:
        shop.writes(text)
        work(InboundReceipt)

    return act


@pytest.mark.parametrize("heeds", [True, False], ids=["stops thinking", "thinks to the end"])
def test_an_overtaken_answer_is_thrown_away_and_the_turn_runs_again(
    shop: Shop, mind: Mind, time: Time, heeds: bool
) -> None:
    mind.heeds, mind.says = heeds, ["too early", "for both"] if not heeds else ["for both"]
    shop.writes("Do you have bread?")
    work_for(time, 3.5)
    mind.meanwhile = arrive(shop, "and milk?")
    work_for(time, 0.5)
    assert answers(shop) == []

    work_for(time, 4)
    assert answers(shop) == ["ai: for both"]
    assert mind.heard == ["Do you have bread?", "and milk?"]
    assert outcomes() == ["overtaken", "answered"]


def test_a_steady_stream_does_not_starve_the_answer(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("0")
    work(InboundReceipt)
    mind.says = [f"answer {number}" for number in range(20)]

    for number in range(1, 30):
        mind.meanwhile = arrive(shop, f"{number}")
        work_for(time, 1)
        if answers(shop):
            break

    assert clock.now() - Message.objects.earliest("created_at").created_at <= timedelta(seconds=26)
    work_for(time, 30)
    assert shop.chat().waiting_since is None, "nothing is left unanswered"


def test_what_came_after_the_patience_ended_is_answered_by_a_turn_of_its_own(
    shop: Shop, mind: Mind, time: Time
) -> None:
    mind.says = ["about bread", "about milk"]
    shop.writes("Do you have bread?")
    work(InboundReceipt)
    AiTurn.objects.update(run_at=clock.now() + timedelta(seconds=25))  # workers were busy

    def late() -> None:
        shop.writes("and milk?")
        work(InboundReceipt)

    time.pass_by(25)
    mind.meanwhile = late
    work()
    assert shop.said() == ["customer: Do you have bread?", "customer: and milk?", "ai: about bread"]

    work_for(time, 5)
    assert answers(shop) == ["ai: about bread", "ai: about milk"]
    # it knows what it said already
    assert [entry.text for entry in mind.transcripts[-1]] == ["Do you have bread?", "about bread", "and milk?"]


def test_an_answer_is_about_the_messages_it_settles_and_no_others(
    shop: Shop, mind: Mind, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a message between reading what is open and reading the transcript would be answered twice
    shop.writes("Do you have bread?")
    work(InboundReceipt)
    real = ai_turns._show_writing
    came = []

    def slip_in(chat: Chat, on: bool) -> None:
        real(chat, on)
        if on and not came:
            came.append(1)
            shop.writes("and milk?")
            work(InboundReceipt)

    monkeypatch.setattr(ai_turns, "_show_writing", slip_in)
    monkeypatch.setattr(ai_turns.clock, "now", lambda real=clock.now: real() + timedelta(seconds=25))
    work_for(time, 5)

    assert [entry.text for entry in mind.transcripts[0]] == ["Do you have bread?"]
    assert mind.heard == ["Do you have bread?", "and milk?"]


# --- the human always wins --------------------------------------------------------------------------------------------


def deleted(shop: Shop) -> None:
    chats.delete(shop.chat())


STOPS = {
    "a colleague replies": lambda shop: shop.replies("I am here"),
    "a program replies": lambda shop: shop.replies("Order 7 is ready", source="API"),
    "the owner types on the phone": lambda shop: (shop.writes("I am here", from_us=True), work(InboundReceipt)),
    "the AI is switched off": lambda shop: chats.set_ai(shop.chat(), False),
    "the customer writes /bot": lambda shop: (shop.writes("/bot"), work(InboundReceipt)),
    "a colleague writes /bot": lambda shop: shop.replies("/bot"),
    "the assistant is taken away": lambda shop: chats.assign_assistant(shop.chat(), None),
    "the integration is switched off": lambda shop: integrations.switch_off(shop.integration),
}


@pytest.mark.parametrize("heeds", [True, False], ids=["stops thinking", "thinks to the end"])
@pytest.mark.parametrize("name", STOPS)
def test_an_answer_that_is_being_made_is_stopped(shop: Shop, mind: Mind, time: Time, name: str, heeds: bool) -> None:
    mind.heeds = heeds
    shop.writes("Hello")
    work_for(time, 3.5)
    mind.meanwhile = lambda: STOPS[name](shop)
    work_for(time, 20)

    assert answers(shop) == []
    assert outcomes()[0] in {"stopped", "cancelled"}
    assert len(mind.transcripts) == 1
    assert not Delivery.objects.filter(payload__author="assistant").exists()


@pytest.mark.parametrize("name", STOPS)
def test_an_answer_that_has_not_begun_is_stopped(shop: Shop, mind: Mind, time: Time, name: str) -> None:
    shop.writes("Hello")
    work_for(time, 2)
    STOPS[name](shop)
    work_for(time, 20)

    assert mind.transcripts == []
    assert answers(shop) == []


@pytest.mark.parametrize("heeds", [True, False], ids=["stops thinking", "thinks to the end"])
def test_a_chat_that_is_moved_while_the_assistant_thinks_is_answered_by_the_other(
    shop: Shop, mind: Mind, time: Time, heeds: bool
) -> None:
    olena = factories.make_assistant(shop.company, name="Olena")
    mind.heeds = heeds
    shop.writes("Hello")
    work_for(time, 3.5)
    mind.meanwhile = lambda: chats.assign_assistant(shop.chat(), olena)
    work_for(time, 20)

    assert [speaker.pk for speaker in mind.speakers] == [shop.assistant.pk, olena.pk]
    assert answers(shop) == [ANSWER]
    assert outcomes() == ["overtaken", "answered"]


@pytest.mark.parametrize("heeds", [True, False])
def test_a_chat_deleted_while_the_assistant_thinks_is_gone_in_peace(
    shop: Shop, mind: Mind, time: Time, heeds: bool, caplog: pytest.LogCaptureFixture
) -> None:
    mind.heeds = heeds
    shop.writes("Hello")
    work_for(time, 3.5)
    mind.meanwhile = lambda: chats.delete(shop.chat())
    work_for(time, 5)

    assert (Chat.objects.count(), Message.objects.count(), AiTurn.objects.count()) == (0, 0, 0)
    assert "Traceback" not in caplog.text


def test_a_reply_and_an_answer_at_the_same_moment_are_never_both_sent(real_shop: Shop, mind: Mind) -> None:
    # whoever locks the chat first speaks; the answer that comes second is thrown away
    real_shop.writes("Hello")
    work(InboundReceipt)
    AiTurn.objects.update(run_at=clock.now())
    turn = AiTurn.objects.get()

    def reply() -> None:
        with tenancy.company_scope(real_shop.company):
            real_shop.replies("I am here")

    at_once(reply, lambda: jobs.run(turn._meta.label, turn.pk, real_shop.company.pk))

    said = real_shop.said()
    assert said[0] == "customer: Hello"
    assert said[1:] in (["person: I am here"], [ANSWER, "person: I am here"]), "an answer never follows a reply"
    assert not real_shop.chat().ai_on


def test_a_worker_that_lost_its_turn_says_nothing(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("Hello")
    work(InboundReceipt)
    time.pass_by(4)
    turn = AiTurn.objects.get()

    def another_worker() -> None:
        time.pass_by(jobs.LEASE.total_seconds())
        assert jobs.run(turn._meta.label, turn.pk, shop.company.pk) == 1

    mind.meanwhile = another_worker
    mind.says = ["from the second", "from the first"]
    jobs.run(turn._meta.label, turn.pk, shop.company.pk)

    assert answers(shop) == ["ai: from the second"]
    assert outcomes() == ["answered"]


# --- handing over -----------------------------------------------------------------------------------------------------


def test_handing_off_says_so_and_asks_for_a_person(shop: Shop, mind: Mind, time: Time) -> None:
    mind.says = [Outcome(kind="handoff", text="A colleague will help you.", reason="asked for a person")]
    shop.writes("A person, please")
    work_for(time, 5)

    chat = shop.chat()
    assert shop.said() == ["customer: A person, please", "ai: A colleague will help you."]
    assert (chat.ai_on, chat.ai_disable_reason, chat.handoff_reason) == (False, "auto", "asked for a person")
    assert chat.needs_attention
    assert Message.objects.filter(role="System").last().text == "The assistant asked for a person: asked for a person"


def test_the_ai_returns_after_a_silence_and_the_call_for_a_person_stays(shop: Shop, mind: Mind, time: Time) -> None:
    mind.says = [Outcome(kind="handoff", text="A colleague will help you.", reason="a refund")]
    shop.writes("My money back")
    work_for(time, 5)

    time.pass_by(shop.assistant.ai_auto_return_delay_minutes * 60)
    work()
    assert shop.chat().ai_on
    assert shop.chat().needs_attention, "nobody has helped them yet"

    shop.replies("Here you are")
    assert not shop.chat().needs_attention


def test_a_persons_words_put_the_return_off(shop: Shop, mind: Mind, time: Time) -> None:
    minutes = shop.assistant.ai_auto_return_delay_minutes
    shop.writes("Hello")
    work(InboundReceipt)
    shop.replies("I am here")
    time.pass_by((minutes - 1) * 60)
    shop.replies("Still here")
    time.pass_by(2 * 60)
    work()
    assert not shop.chat().ai_on

    time.pass_by((minutes - 1) * 60)
    work()
    assert shop.chat().ai_on
    assert ChatTimer.objects.filter(state__in=jobs.Job.OPEN).count() == 0


@pytest.mark.parametrize(("minutes", "returns"), [(-1, False), (0, True), (1440, True)])
def test_whether_and_when_it_returns_is_the_assistants_own(
    shop: Shop, mind: Mind, time: Time, minutes: int, returns: bool
) -> None:
    assistants.change(shop.assistant, ai_auto_return_delay_minutes=minutes)
    shop.writes("Hello")
    work(InboundReceipt)
    shop.replies("I am here")
    assert not shop.chat().ai_on

    work_for(time, max(minutes * 60 - 1, 0))
    assert shop.chat().ai_on is (minutes == 0)
    work_for(time, 2 * 24 * 3600)
    assert shop.chat().ai_on is returns


def test_the_ai_takes_up_what_nobody_answered_while_it_was_off(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("Hello")
    work(InboundReceipt)
    shop.replies("I am here")
    shop.writes("Thanks, and the price?")
    work_for(time, 10)
    assert mind.transcripts == []

    chats.set_ai(shop.chat(), True)
    work_for(time, 4)

    speakers = [(entry.role, entry.text) for entry in mind.transcripts[0] if entry.role != "system"]
    assert speakers == [("customer", "Hello"), ("human", "I am here"), ("customer", "Thanks, and the price?")]
    assert answers(shop) == [ANSWER]


def test_the_end_of_a_persons_stretch_is_on_record(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("Hello")
    work(InboundReceipt)
    chats.set_ai(shop.chat(), False)
    chats.set_ai(shop.chat(), True)
    work_for(time, 5)

    notes = [entry.text for entry in mind.transcripts[0] if entry.role == "system"]
    assert notes == ["A person has taken over; the assistant is silent.", "The assistant answers again."]


# --- a model that fails -----------------------------------------------------------------------------------------------


def test_a_model_that_is_away_is_asked_again(shop: Shop, mind: Mind, time: Time) -> None:
    mind.says = [errors.ModelUnavailable("overloaded"), errors.ModelUnavailable("overloaded", retry_after=7)]
    shop.writes("Hello")
    work_for(time, 4.5)
    assert answers(shop) == []

    work_for(time, 10)
    assert answers(shop) == [ANSWER]


def test_a_model_that_stays_away_costs_three_minutes_and_then_a_person_is_asked(
    shop: Shop, mind: Mind, time: Time
) -> None:
    mind.says = [errors.ModelUnavailable("overloaded") for _ in range(20)]
    shop.writes("Hello")
    work_for(time, 200)

    assert answers(shop) == ["ai: Thank you for your message. A colleague will answer you here shortly."]
    assert shop.chat().needs_attention


def test_a_newer_message_replaces_a_turn_that_waits_for_the_model(shop: Shop, mind: Mind, time: Time) -> None:
    mind.says = [errors.ModelUnavailable("overloaded", retry_after=30)]
    shop.writes("Hello")
    work_for(time, 4)
    shop.writes("Anybody?")
    work_for(time, 35)

    assert answers(shop) == [ANSWER]
    assert mind.heard == ["Hello", "Anybody?"]
    assert outcomes() == ["overtaken", "answered"]


def test_a_model_that_refuses_is_not_asked_again(shop: Shop, mind: Mind, time: Time) -> None:
    mind.says = [errors.ModelRejected("the key is wrong")]
    shop.writes("Hello")
    work_for(time, 20)

    assert answers(shop) == ["ai: Thank you for your message. A colleague will answer you here shortly."]
    assert shop.chat().handoff_reason == "the key is wrong"


def test_a_model_that_says_nothing_hands_over(shop: Shop, mind: Mind, time: Time) -> None:
    mind.says = ["  "]
    shop.writes("Hello")
    work_for(time, 5)

    assert answers(shop) == ["ai: Thank you for your message. A colleague will answer you here shortly."]
    assert shop.chat().needs_attention


def test_a_fault_of_ours_does_not_leave_the_customer_waiting_for_ever(shop: Shop, mind: Mind, time: Time) -> None:
    mind.says = [ValueError("a bug") for _ in range(20)]
    shop.writes("Hello")
    work_for(time, 60)

    assert answers(shop) == ["ai: Thank you for your message. A colleague will answer you here shortly."]
    assert (shop.chat().ai_on, shop.chat().needs_attention) == (False, True)
    assert outcomes() == ["failed"]


def test_silence_is_a_decision_too(shop: Shop, mind: Mind, time: Time) -> None:
    mind.says = [Outcome(kind="silent", reason="a thank-you")]
    shop.writes("Thanks!")
    work_for(time, 20)

    assert shop.said() == ["customer: Thanks!"]
    assert outcomes() == ["silent"]
    assert shop.chat().waiting_since is None


def test_what_the_channel_does_not_take_is_handed_over(
    shop: Shop, mind: Mind, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*args: object, **kwargs: object) -> None:
        raise outbound.NotSendable("chatId", "The time in which one may answer has passed.")

    monkeypatch.setattr(outbound, "check", closed)
    shop.writes("Hello")
    work_for(time, 5)

    assert answers(shop) == []
    assert shop.chat().handoff_reason == "The time in which one may answer has passed."
    assert outcomes() == ["answered"]


def test_a_message_that_the_customer_took_back_is_not_answered(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("Oops", message_id="m1")
    work(InboundReceipt)
    taken_back = types.MessageDeleted(dedup_key="d", chat_id="olena", message_id="m1")
    inbox.accept(shop.address, [taken_back])
    work_for(time, 5)
    assert mind.transcripts == []

    # and the next one gets its full time of quiet
    shop.writes("Hello")
    work_for(time, 3.5)
    assert mind.transcripts == []


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_every_run_is_on_record(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("Hello")
    work_for(time, 5)

    turn = AiTurn.objects.get()
    assert (turn.provider, turn.model, turn.input_tokens, turn.output_tokens) == ("mind", "mind-1", 20, 4)
    assert turn.started_at is not None
    assert Message.objects.get(source="AI").turn == turn


# --- who answers ------------------------------------------------------------------------------------------------------


def test_another_assistant_for_the_integration_answers_new_chats_only(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("Hello")
    work(InboundReceipt)
    other = factories.make_assistant(shop.company, name="Max")

    integrations.assign(shop.integration, other)
    shop.writes("Hello", by="taras")
    work(InboundReceipt)

    assert shop.chat().assistant == shop.assistant
    assert shop.chat("taras").assistant == other


def test_a_single_chat_can_be_moved_and_the_new_one_takes_up_what_is_open(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("Hello")
    work(InboundReceipt)
    other = factories.make_assistant(shop.company, name="Max")

    chats.assign_assistant(shop.chat(), other)
    work_for(time, 5)

    assert shop.chat().assistant == other
    assert answers(shop) == [ANSWER]


def test_turns_are_left_waiting_once(shop: Shop, mind: Mind) -> None:
    shop.writes("Hello")
    work(InboundReceipt)
    chat = shop.chat()

    turns.leave_one(chat)

    assert AiTurn.objects.count() == 1
