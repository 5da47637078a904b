"""The playground with a model's server: beside each answer stands all that it was made of, also of two side by side."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.test import Client

from assistants.models import Assistant, LlmModel
from assistants.services import assistants, knowledge, tools, versions
from conversations.models import AiTurn, Chat
from happ_project.companies.models import Company, User
from happ_project.core import tenancy
from tests.doubles.model import ModelServer, Reply
from tests.doubles.tool_service import Reply as Says
from tests.doubles.tool_service import ToolService
from tests.speaking import asked_for_answers, model, service
from tests.working import Time, time, work_for

__all__ = ["model", "service", "time"]

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "Do you have bread, and where is order 17?"
ANSWER = "We have rye bread, and order 17 is on its way."
CALL = Reply(tool="order", arguments={"number": "17"})
PARAMS = [{"name": "number", "type": "string", "isRequired": True}]


@pytest.fixture
def assistant(company: Company, model: ModelServer, service: ToolService, time: Time) -> Iterator[Assistant]:
    """Published and changed since; it knows of bread and can look up orders. Input costs $1 a thousand, output $10."""
    for name, price in (("test-large", 1_000), ("test-small", 100)):
        prices = {"input_price": Decimal(price), "output_price": Decimal(10 * price)}
        LlmModel.objects.update_or_create(provider="127.0.0.1", name=name, defaults=prices)
    with tenancy.company_scope(company):
        made = assistants.create(company_id=company.pk, name="Sofia", prompt="As it was published.")
        assistants.change(made, draft=True, prompt="As it stands in the draft.")
        tools.create(made, name="order", description="State of an order", url=service.url, params=PARAMS)
        knowledge.add_text(made, name="Bread FAQ", content="Do you have bread?\nYes, rye bread.")
        work_for(time, 1)
        service.script(Says(body='{"state": "on its way"}'))
        yield made


@pytest.fixture
def page(client: Client, alice: User, assistant: Assistant) -> Client:
    client.force_login(alice)
    return client


def path(assistant: Assistant, tail: str = "") -> str:
    return f"/chats/playground/{assistant.pk}/{tail}"


def shown(page: Client, assistant: Assistant, tail: str) -> str:
    """The words of the page as people read them."""
    return html.unescape(page.get(path(assistant, tail)).content.decode())


def say(page: Client, assistant: Assistant, time: Time, text: str = QUESTION) -> None:
    page.post(path(assistant, "say/"), {"text": text, "clientKey": text})
    work_for(time, 30)


def facts(trace: str) -> dict[str, str]:
    """The table at the head of a trace."""
    return dict(re.findall(r"<dt[^>]*>([^<]+)</dt><dd[^>]*>([^<]+)</dd>", trace))


def test_beside_an_answer_stands_all_that_it_was_made_of(
    page: Client, assistant: Assistant, model: ModelServer, service: ToolService, time: Time
) -> None:
    model.script(CALL, Reply(ANSWER))
    page.get(path(assistant))
    say(page, assistant, time)

    trace = shown(page, assistant, "trace/")

    turn = AiTurn.objects.get()
    assert "Answered" in trace
    assert facts(trace) == {
        "Model": "test-large",
        "Tokens in / out": "40 / 8",
        "Seconds": f"{turn.seconds:.1f}",
        "Cost": "$0.12",
    }
    (passage,) = turn.trace["passages"]
    sources, _mark, rest = trace.partition("Calls of tools")
    assert "Yes, rye bread." in sources and f">{passage['score']:.2f}</span>" in sources
    assert all(f"{name}: {value}" in sources for name, value in passage["signals"].items())
    called, _mark, told = rest.partition("What the model was told")
    assert '{"number": "17"}' in called and '"state": "on its way"' in called
    assert len(service.requests) == 1
    assert "As it stands in the draft." in told and "As it was published." not in told
    assert "Yes, rye bread." in told and QUESTION in told
    assert "→ order" in told and ANSWER in told
    assert told.count("20 / 4") == 2, "each call of the model has its own count"
    assert versions.published(assistant).prompt == "As it was published."


def test_the_words_of_a_model_that_failed_stand_there_too(
    page: Client, assistant: Assistant, model: ModelServer, time: Time
) -> None:
    model.script(Reply(mood="no_quota"))
    page.get(path(assistant))
    say(page, assistant, time)

    trace = shown(page, assistant, "trace/")

    assert ">Handed to a person</span>" in trace
    assert "the account has no quota left" in trace
    assert "It would wait for a person now." in shown(page, assistant, "live/")


def test_two_models_and_two_prompts_are_compared_on_the_same_conversation(
    page: Client, assistant: Assistant, model: ModelServer, service: ToolService, time: Time
) -> None:
    model.script(CALL, Reply(ANSWER))
    page.get(path(assistant))
    say(page, assistant, time)
    model.script(Reply("Rye bread; on its way."))

    page.post(path(assistant, "setup/"), {"side": "b", "model": "test-small", "prompt": "Be very brief."})
    work_for(time, 30)
    say(page, assistant, time, "And milk?")

    chats = shown(page, assistant, "live/")
    assert (chats.count(QUESTION), chats.count("And milk?"), chats.count("Rye bread; on its way.")) == (2, 2, 4)
    first, second = re.split(r"data-turn=", shown(page, assistant, "trace/"))[1:]
    assert [facts(each)["Model"] for each in (first, second)] == ["test-large", "test-small"]
    assert [facts(each)["Cost"] for each in (first, second)] == ["$0.0600", "$0.0060"]
    assert [facts(each)["Tokens in / out"] for each in (first, second)] == ["20 / 4", "20 / 4"]
    assert "As it stands in the draft." in first and "Be very brief." not in first
    assert "Be very brief." in second and "As it stands in the draft." not in second
    for each in (first, second):
        assert QUESTION in each and "And milk?" in each, "both heard the whole conversation"
    asked = [request.body["model"] for request in asked_for_answers(model)]
    whole = shown(page, assistant, "")
    assert "other instructions" in whole and "As it stands in the draft." not in whole
    assert sorted(asked[2:]) == ["test-large"] * 2 + ["test-small"] * 2
    assert len(service.requests) == 1, "what is had once more calls nothing"
    assert Chat.objects.count() == 2


def test_the_trace_of_an_earlier_answer_is_a_click_away(
    page: Client, assistant: Assistant, model: ModelServer, time: Time
) -> None:
    model.script(Reply("First."), Reply("Second."))
    page.get(path(assistant))
    say(page, assistant, time)
    say(page, assistant, time, "And milk?")
    earlier = AiTurn.objects.earliest("id")

    assert f"trace/?turn={earlier.pk}" in shown(page, assistant, "live/")
    trace = shown(page, assistant, f"trace/?turn={earlier.pk}")

    assert QUESTION in trace and "And milk?" not in trace and "First." in trace
