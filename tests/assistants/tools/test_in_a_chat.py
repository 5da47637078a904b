"""Tools in a customer's chat on a good day: called, told, kept, and not forgotten."""

import json
from typing import Any

import pytest

from assistants.models import AssistantTool
from assistants.services import tools
from conversations.models import Message
from conversations.services import chats
from integrations.services import integrations
from messengers.models import InboundReceipt
from tests import factories
from tests.doubles.model import ModelServer, Request
from tests.doubles.model import Reply as Says
from tests.doubles.tool_service import Reply, ToolService
from tests.journeys.shop import Shop
from tests.speaking import last_turn, model, shop, while_it_thinks
from tests.working import Time, time, work, work_for

__all__ = ["model", "shop", "time"]

pytestmark = pytest.mark.django_db(transaction=True)

CALL = Says(tool="order", arguments={"number": "17"})
DAY = 24 * 3600.0
PARAMS = [{"name": "number", "type": "string", "isRequired": True}]


@pytest.fixture
def order(shop: Shop, service: ToolService) -> AssistantTool:
    return tools.create(shop.assistant, name="order", description="State of an order", url=service.url, params=PARAMS)


def told_by_tools(model: ModelServer) -> list[dict[str, Any]]:
    """What the last request to the model says of results."""
    return [json.loads(line["content"]) for line in model.requests[-1].body["messages"] if line["role"] == "tool"]


def system_of(request: Request) -> str:
    return str(request.body["messages"][0]["content"])


def test_a_tool_is_called_and_answers(
    shop: Shop, model: ModelServer, service: ToolService, order: AssistantTool
) -> None:
    service.script(Reply(body='{"state": "on its way"}'))
    model.script(CALL, Says(text="It is on its way."))

    shop.writes("where is order 17?")
    work()

    assert shop.said()[-1] == "ai: It is on its way."
    assert service.requests[0].body == {"number": "17"}
    assert service.requests[0].headers["x-happ-chat-id"] == str(shop.chat().pk)
    assert told_by_tools(model)[0]["result"] == {"state": "on its way"}
    assert last_turn().input_tokens == 40


def test_call_and_output_are_messages_between_question_and_answer(
    shop: Shop, model: ModelServer, order: AssistantTool
) -> None:
    model.script(CALL, Says(text="It is on its way."))

    shop.writes("where is order 17?")
    work()

    rows = list(Message.objects.order_by("sent_at", "id"))
    assert [row.type for row in rows] == ["Text", "FunctionCall", "FunctionCallOutput", "Text"]
    assert (rows[1].call["name"], json.loads(rows[1].call["input"])) == ("order", {"number": "17"})
    assert rows[2].call["ok"] is True
    assert {row.turn_id for row in rows[1:]} == {last_turn().pk}
    assert shop.chat().last_message_text == "It is on its way."


def test_the_tool_of_the_beginning_is_asked_once_and_becomes_context(
    shop: Shop, model: ModelServer, service: ToolService
) -> None:
    tools.create(shop.assistant, name="profile", type="webhook_init", url=service.url)
    service.script(Reply(body='{"tier": "gold"}'))
    model.script(Says(text="Hello."))

    shop.writes("hello there, my friend")
    work()
    shop.writes("and something else")
    work()

    assert len(service.requests) == 1
    assert service.requests[0].body["chatId"] == str(shop.chat().pk)
    assert '"tier": "gold"' in model.requests[-1].body["messages"][0]["content"]


def test_a_customer_who_comes_back_after_a_day_is_asked_for_anew(
    shop: Shop, model: ModelServer, service: ToolService, time: Time
) -> None:
    tools.create(shop.assistant, name="profile", type="webhook_init", url=service.url)
    service.script(Reply(body='{"tier": "gold"}'), Reply(body='{"tier": "none"}'))
    model.script(Says(), Says(), Says(mood="limited", retry_after="5"), Says())

    for pause in (0, DAY - 600, DAY + 600):
        time.pass_by(pause)
        shop.writes("hello there, my friend")
        work_for(time, 30)

    tiers = ["gold" if '"tier": "gold"' in system_of(each) else "none" for each in model.requests]
    assert tiers == ["gold", "gold", "none", "none"]
    assert len(service.requests) == 2


def test_what_one_assistant_asked_for_is_not_told_to_another(
    shop: Shop, model: ModelServer, service: ToolService
) -> None:
    tools.create(shop.assistant, name="profile", type="webhook_init", url=service.url)
    service.script(Reply(body='{"tier": "gold"}'))
    shop.writes("hello there, my friend")
    work()

    chats.assign_assistant(shop.chat(), factories.make_assistant(shop.company, name="Ivan"))
    shop.writes("and something else")
    work()

    assert ['"tier": "gold"' in system_of(each) for each in model.requests] == [True, False]


def test_a_newer_message_does_not_make_what_was_done_forgotten(
    shop: Shop, model: ModelServer, service: ToolService, order: AssistantTool
) -> None:
    def writes_on() -> None:
        shop.writes("and quickly please")
        work(InboundReceipt)

    model.script(CALL, while_it_thinks(shop, writes_on, "Too early."), Says(text="It is on its way."))

    shop.writes("where is order 17?")
    work()

    assert len(service.requests) == 1
    assert "you called the tool order" in json.dumps(model.requests[-1].body["messages"])
    assert [line for line in shop.said() if line.startswith("ai: ")] == ["ai: It is on its way."]


def test_what_is_called_beside_a_person_is_done_before_they_take_over(
    shop: Shop, model: ModelServer, service: ToolService, order: AssistantTool
) -> None:
    over = (("turnOffAiMode", {"message": "A colleague looks at it.", "reason": "lost", "category": "other"}),)
    model.script(Says(tool="order", arguments={"number": "17"}, beside=over))

    shop.writes("my order 17 is lost, get me somebody")
    work()

    assert shop.said()[1:] == ["ai: A colleague looks at it."]
    assert [request.body for request in service.requests] == [{"number": "17"}]
    kept = Message.objects.filter(type="FunctionCallOutput").order_by("sent_at", "id")
    assert [(row.call["name"], row.call["ok"]) for row in kept] == [("order", True), ("turnOffAiMode", True)]


def test_what_was_done_is_known_however_the_turn_was_cut_off(
    shop: Shop, model: ModelServer, service: ToolService, order: AssistantTool
) -> None:
    model.script(
        CALL, while_it_thinks(shop, lambda: integrations.switch_off(shop.integration)), Says("It is on its way.")
    )
    shop.writes("where is order 17?")
    work()
    assert shop.said() == ["customer: where is order 17?"]

    integrations.switch_on(shop.integration)
    work()

    assert "you called the tool order" in str(model.requests[-1].body["messages"])
    assert [row.call["name"] for row in Message.objects.filter(type="FunctionCallOutput")] == ["order"]
    assert shop.said()[-1] == "ai: It is on its way."
