"""Each kind of tool does what its kind says, the talk has an end in calls and in time, and people see all of it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from assistants.engine import calling
from assistants.models import AssistantTool, KnowledgeDocument
from assistants.services import assistants, knowledge, tools
from conversations.models import AiTurn, Message
from tests.doubles.model import ModelServer
from tests.doubles.model import Reply as Says
from tests.doubles.tool_service import Reply, ToolService
from tests.journeys.shop import Shop
from tests.speaking import model, shop
from tests.working import work

__all__ = ["model", "shop"]

pytestmark = pytest.mark.django_db(transaction=True)

PARAMS = [{"name": "number", "type": "string", "isRequired": True}]
MONDAY_TEN_IN_KYIV = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def order(shop: Shop, service: ToolService) -> AssistantTool:
    return tools.create(shop.assistant, name="order", url=service.url, params=PARAMS)


def turn() -> AiTurn:
    return AiTurn.objects.order_by("-id")[0]


def told_by_tools(model: ModelServer) -> list[dict[str, Any]]:
    """What the last request to the model says of results."""
    return [json.loads(line["content"]) for line in model.requests[-1].body["messages"] if line["role"] == "tool"]


def offered(model: ModelServer) -> dict[str, str]:
    """The tools of the last request, with how they are described."""
    functions = [tool["function"] for tool in model.requests[-1].body["tools"]]
    return {function["name"]: function["description"] for function in functions}


# --- built in ---------------------------------------------------------------------------------------------------------


def test_the_knowledge_is_searched_in_the_models_own_words(shop: Shop, model: ModelServer) -> None:
    knowledge.add_text(shop.assistant, name="FAQ", content="When are you open?\nDaily from ten to eight.")
    work(KnowledgeDocument)
    model.script(Says(tool="searchKnowledge", arguments={"query": "when are you open?"}), Says(text="From ten."))

    shop.writes("hello there, my friend")
    work()

    (found,) = told_by_tools(model)[0]["result"]
    assert (found["title"], found["text"]) == ("When are you open?", "Daily from ten to eight.")
    assert shop.said()[-1] == "ai: From ten."


def test_the_time_is_told_in_the_companys_zone_with_its_hours(shop: Shop, model: ModelServer) -> None:
    shop.company.timezone = "Europe/Kyiv"
    shop.company.save()
    assistants.change(shop.assistant, business_hours="Mon-Fri 9:00-18:00")
    model.script(Says(tool="getCurrentTime"), Says(text="We are open."))

    with time_machine.travel(MONDAY_TEN_IN_KYIV, tick=False):
        shop.writes("are you open?")
        work()

    told = told_by_tools(model)[0]["result"]
    assert (told["now"], told["weekday"], told["open"]) == ("2026-11-23 10:00", "Monday", True)


def test_calling_a_person_leaves_its_category_and_is_the_last_word(shop: Shop, model: ModelServer) -> None:
    told = {"message": "Anna will write to you.", "reason": "the bread was stale", "category": "complaint"}
    model.script(Says(tool="turnOffAiMode", arguments=told))

    shop.writes("this bread is stale!")
    work()

    assert [line for line in shop.said() if line.startswith("ai: ")] == ["ai: Anna will write to you."]
    assert (turn().outcome, turn().category, turn().reason) == ("handed_off", "complaint", "the bread was stale")
    assert shop.chat().handoff_reason == "the bread was stale"


def test_the_company_says_when_a_built_in_tool_is_used(shop: Shop, model: ModelServer) -> None:
    tools.create(shop.assistant, name="turnOffAiMode", type="system", description="Only for refunds.")

    shop.writes("hello there, my friend")
    work()

    assert offered(model)["turnOffAiMode"] == "Only for refunds."


# --- other kinds ------------------------------------------------------------------------------------------------------


def test_a_call_for_the_clients_app_is_a_message_of_the_chat(shop: Shop, model: ModelServer) -> None:
    tools.create(shop.assistant, name="show_map", type="webhook_client", description="Shows a map", params=PARAMS)
    model.script(Says(tool="show_map", arguments={"number": "17"}), Says(text="Look at the map."))

    shop.writes("where are you?")
    work()

    call = Message.objects.get(type="FunctionCall").call
    assert (call["name"], json.loads(call["input"])) == ("show_map", {"number": "17"})
    assert "passed to the client's app" in told_by_tools(model)[0]["result"]
    assert shop.said()[-1] == "ai: Look at the map."


def test_a_tool_of_voice_calls_is_kept_and_does_nothing(shop: Shop, model: ModelServer, service: ToolService) -> None:
    tools.create(shop.assistant, name="after_call", type="webhook_postcall", url=service.url)

    shop.writes("hello there, my friend")
    work()

    assert AssistantTool.objects.get().type == "webhook_postcall"
    assert "after_call" not in offered(model)
    assert service.requests == []


def test_a_tool_of_the_beginning_that_fails_keeps_no_later_answer_waiting(
    shop: Shop, model: ModelServer, service: ToolService
) -> None:
    tools.create(shop.assistant, name="profile", type="webhook_init", url=service.url)
    service.script(Reply(status=500))

    for text in ("hello there, my friend", "and something else"):
        shop.writes(text)
        work()

    assert len(service.requests) == 1
    for request in model.requests:
        assert '{"profile": {"error": "the service answered 500"}}' in request.body["messages"][0]["content"]
    assert shop.said().count("ai: Scripted answer.") == 2


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_no_more_calls_are_made_than_the_bound_and_it_answers_with_what_it_has(
    shop: Shop, model: ModelServer, service: ToolService, order: AssistantTool
) -> None:
    others = tuple(("order", {"number": str(number)}) for number in range(5))
    six = Says(tool="order", arguments={"number": "17"}, beside=others)
    model.script(six, six, six, Says(text="This is what I found."))

    shop.writes("where are all my orders?")
    work()

    assert len(service.requests) == calling.MOST_CALLS
    assert "too many calls" in told_by_tools(model)[-1]["error"]
    assert list(offered(model)) == ["turnOffAiMode"]
    assert shop.said()[-1] == "ai: This is what I found."
    assert turn().trace["bound"] == "calls"


def test_when_the_time_is_up_it_answers_with_what_it_has(
    shop: Shop, model: ModelServer, service: ToolService, order: AssistantTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "LONGEST", 0.0)
    model.script(Says(tool="order", arguments={"number": "17"}), Says(text="It is on its way."))

    shop.writes("where is order 17?")
    work()

    assert len(service.requests) == 1
    assert list(offered(model)) == ["turnOffAiMode"]
    assert shop.said()[-1] == "ai: It is on its way."
    assert turn().trace["bound"] == "time"


def test_calls_that_wait_for_others_are_not_made_when_the_time_is_up(
    shop: Shop, model: ModelServer, service: ToolService, order: AssistantTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else sixteen calls that hang, four at once, would keep a customer waiting for minutes."""
    monkeypatch.setattr(calling, "LONGEST", 0.8)
    tools.change(order, timeout_seconds=2)
    service.script(Reply(hangs=True))
    others = tuple(("order", {"number": str(number)}) for number in range(5))
    model.script(Says(tool="order", arguments={"number": "17"}, beside=others), Says(text="I could not look."))

    shop.writes("where are my orders?")
    work()

    assert shop.said()[-1] == "ai: I could not look."
    assert len(service.requests) == 4
    told = [row.call["output"] for row in Message.objects.filter(type="FunctionCallOutput")]
    assert sum("no time was left for it" in each for each in told) == 2


# --- what people see --------------------------------------------------------------------------------------------------


def test_calls_stand_folded_in_the_conversation(
    shop: Shop, model: ModelServer, service: ToolService, order: AssistantTool, client: Client
) -> None:
    service.script(Reply(status=500))
    model.script(Says(tool="order", arguments={"number": "17"}), Says(text="I cannot look at orders just now."))
    shop.writes("where is order 17?")
    work()
    client.force_login(shop.company.owner)

    page = client.get(f"/chats/{shop.chat().pk}/").content.decode()

    output = Message.objects.get(type="FunctionCallOutput")
    (folded,) = [part for part in page.split("<details ")[1:] if part.startswith(f'id="message-{output.pk}"')]
    summary, _, inside = folded.partition("</summary>")
    assert "Tool order" in summary and "failed" in summary
    assert "the service answered 500" in inside.partition("</details>")[0]


def test_people_see_why_the_customer_has_to_wait(shop: Shop, model: ModelServer, client: Client) -> None:
    model.script(Says(mood="limited", retry_after="3600"))
    shop.writes("what does it cost?")
    work()
    client.force_login(shop.company.owner)

    said = Message.objects.get(role="Assistant", source="AI")
    page = client.get(f"/chats/{said.chat_id}/messages/{said.pk}/why/", HTTP_HX_REQUEST="true").content.decode()

    assert turn().get_category_display() in page
    assert "the model cannot be reached" in page
