"""From a phone to the model and back, with nothing of ours left out: HTTP in, HTTP to the model, HTTP out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from assistants.models import UsageRecord
from conversations.models import AiTurn, Message
from conversations.services import chats
from happ_project.core import jobs, tenancy
from messengers.models import Delivery, InboundReceipt
from messengers.services import addresses
from tests.doubles import model as models
from tests.doubles.model import ModelServer, Reply
from tests.doubles.wasender import WaSender
from tests.journeys.number import PHONE, Number, connect
from tests.working import at_once, outcomes, work


@pytest.fixture
def model(settings: Any) -> Iterator[ModelServer]:
    with models.running() as model:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = model.api_key, model.base_url
        settings.OPENAI_MODEL = model.models[0]
        yield model


@pytest.fixture
def number(double: WaSender, model: ModelServer, live_server: Any, settings: Any) -> Iterator[Number]:
    """Its webhook points at our own server."""
    settings.PUBLIC_URL = live_server.url
    number = connect(double)
    with tenancy.company_scope(number.company):
        session = number.session
        session.webhook_url = addresses.webhook_url("whatsapp", number.address.webhook_token)
        session.webhook_enabled = True
        session.webhook_events = ["messages.received", "messages.upsert", "messages.update"]
        yield number


def due_now() -> AiTurn:
    AiTurn.objects.filter(state="waiting").update(run_at=jobs.clock.now())
    return AiTurn.objects.get(state="waiting")


def test_a_customer_writes_and_the_assistant_answers(number: Number, model: ModelServer) -> None:
    model.script(Reply("We open at nine."))

    for text in ("Hello", "when do you", "open tomorrow?"):
        number.double.customer_writes(number.session, PHONE, text, repeats=2)
    work(InboundReceipt)
    due_now()
    work(AiTurn, Delivery)

    assert {post.status for post in number.double.posts} == {200}
    assert number.accepted == ["We open at nine."]
    asked = [request for request in model.requests if request.body]
    assert len(asked) == 1
    said = str(asked[0].body)
    assert all(text in said for text in ("Hello", "when do you", "open tomorrow?"))

    (sent,) = number.double.sent
    number.double.echo(sent)
    number.double.deliver(sent, "read")
    for _ in range(3):
        InboundReceipt.objects.filter(state="waiting").update(run_at=jobs.clock.now())
        work(InboundReceipt)
    answer = Message.objects.get(source="AI")
    assert (answer.status, answer.external_id) == ("read", sent.key_id)
    assert Message.objects.filter(role="Assistant").count() == 1
    assert number.chat(PHONE).ai_on


@pytest.mark.parametrize("how", ["replies", "switches the AI off", "writes from the phone"])
def test_a_person_who_steps_in_while_the_model_speaks_is_the_only_one_heard(
    number: Number, model: ModelServer, how: str
) -> None:
    model.script(Reply("We open at nine, and I could go on for long.", mood="slow"))
    number.double.customer_writes(number.session, PHONE, "Hello")
    work(InboundReceipt)
    turn = due_now()

    def step_in() -> None:
        assert model.speaking.wait(20)
        with tenancy.company_scope(number.company):
            if how == "replies":
                number.replies("I am here", by=PHONE)
            elif how == "switches the AI off":
                chats.set_ai(number.chat(PHONE), False)
            else:
                number.double.type_on_phone(number.session, PHONE, "I am here")
                work(InboundReceipt)
        assert model.hung_up.wait(20), "the model is left alone, and so is its bill"

    at_once(lambda: jobs.run(turn._meta.label, turn.pk, number.company.pk), step_in)
    work(Delivery)

    assert outcomes() == ["stopped"]
    used = UsageRecord.objects.get(purpose="answer")
    assert used.estimated and used.input_tokens and used.output_tokens, "what was said by then is paid for, once"
    assert not Message.objects.filter(source="AI").exists()
    assert number.accepted == (["I am here"] if how == "replies" else [])


def test_a_message_that_comes_while_the_model_speaks_is_answered_along(number: Number, model: ModelServer) -> None:
    model.script(Reply("too early, and much too long", mood="slow"), Reply("about both"))
    number.double.customer_writes(number.session, PHONE, "Do you have bread?")
    work(InboundReceipt)
    turn = due_now()

    def write() -> None:
        assert model.speaking.wait(20)
        number.double.customer_writes(number.session, PHONE, "and milk?")
        with tenancy.company_scope(number.company):
            work(InboundReceipt)

    at_once(lambda: jobs.run(turn._meta.label, turn.pk, number.company.pk), write)
    assert outcomes() == ["overtaken", "waiting"]
    due_now()
    work(AiTurn, Delivery)

    assert number.accepted == ["about both"]
    assert "and milk?" in str(model.requests[-1].body)


def test_two_workers_with_the_same_turn_answer_once(number: Number, model: ModelServer) -> None:
    model.script(Reply("We open at nine."))
    number.double.customer_writes(number.session, PHONE, "Hello")
    work(InboundReceipt)
    turn = due_now()
    start = threading.Barrier(3)

    def worker() -> int:
        start.wait(10)
        return jobs.run(turn._meta.label, turn.pk, number.company.pk)

    assert sorted(at_once(*[worker] * 3)) == [0, 0, 1]
    work(Delivery)
    assert number.accepted == ["We open at nine."]


def test_a_stranger_without_the_secret_leaves_nothing(number: Number, model: ModelServer) -> None:
    number.session.webhook_secret = "guessed"
    number.double.customer_writes(number.session, PHONE, "Hello")

    assert {post.status for post in number.double.posts} == {403}
    assert not InboundReceipt.objects.exists()
    assert model.requests == []
