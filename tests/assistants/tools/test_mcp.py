"""Tools of MCP servers: listed, called with arguments that fit, and a server that fails does not end the turn."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from assistants.models import McpServer as Row
from assistants.services import assistants, differences, mcp_servers, snapshots, versions
from assistants.tools import mcp
from conversations.models import Message
from conversations.services import speaking
from happ_project.core import http, tenancy
from tests import factories
from tests.api.conftest import program
from tests.doubles import mcp_server
from tests.doubles.http_double import Answer, Call
from tests.doubles.mcp_server import McpServer
from tests.doubles.model import ModelServer
from tests.doubles.model import Reply as Says
from tests.journeys.shop import Shop
from tests.speaking import model, shop
from tests.working import Time, time, work

__all__ = ["model", "shop", "time"]

pytestmark = pytest.mark.django_db(transaction=True)

RIGHT = {"Authorization": "Bearer right"}
CALL = Says(tool="shop_find_order", arguments={"number": 17})


@pytest.fixture
def server() -> Iterator[McpServer]:
    with mcp_server.running() as running:
        http.configure(allowed_private=[running.address])
        yield running
        http.configure()


@pytest.fixture
def row(shop: Shop, server: McpServer) -> Row:
    return mcp_servers.create(shop.assistant, name="shop", url=server.url, headers=RIGHT, timeout_seconds=2)


def session(server: McpServer, **fields: Any) -> mcp.Session:
    return mcp.Session(mcp.Server(**{"url": server.url, "headers": RIGHT, "timeout": 2.0, **fields}))


def told_by_tools(model: ModelServer) -> list[dict[str, Any]]:
    return [json.loads(line["content"]) for line in model.requests[-1].body["messages"] if line["role"] == "tool"]


def offered(model: ModelServer) -> set[str]:
    return {tool["function"]["name"] for tool in model.requests[-1].body["tools"]}


# --- the wire ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("events", [False, True], ids=["as JSON", "as events"])
def test_a_session_begins_lists_calls_and_ends(server: McpServer, events: bool) -> None:
    server.events = events
    talk = session(server)

    names = [tool["name"] for tool in talk.tools()]
    result = talk.call("find_order", {"number": 17})
    talk.close()

    assert names == ["find_order", "shop.hours"]
    assert (result.text, result.ok) == ('{"state": "on its way"}', True)
    assert server.methods == ["initialize", "notifications/initialized", "tools/list", "tools/call"]
    assert (len(server.ended), server.sessions) == (1, set())


def test_a_long_list_comes_in_pages(server: McpServer) -> None:
    server.tools = [{"name": f"tool{number}", "inputSchema": {"type": "object"}} for number in range(130)]
    server.page = 25

    assert len(session(server).tools()) == mcp.MOST_TOOLS


def test_a_forgotten_session_is_begun_anew(server: McpServer) -> None:
    talk = session(server)
    talk.tools()
    server.sessions.clear()

    assert talk.call("find_order", {"number": 17}).ok
    assert server.methods.count("initialize") == 2


@pytest.mark.parametrize(
    ("mood", "reason"),
    [("hangs", "did not answer in time"), ("drops", "broke"), ("500", "the server answered 500"), ("404", "answered")],
)
def test_a_failure_is_said_and_the_call_is_not_made_twice(server: McpServer, mood: str, reason: str) -> None:
    server.moods = [mood, "500"]
    with pytest.raises(mcp.McpError, match=reason):
        session(server, timeout=1.0).call("find_order", {"number": 17})

    assert server.called == []


def test_an_error_of_the_protocol_is_said(server: McpServer) -> None:
    with pytest.raises(mcp.McpError, match="Unknown tool: unheard"):
        session(server).call("unheard", {})


def test_a_wrong_key_is_said_without_the_key(server: McpServer) -> None:
    with pytest.raises(mcp.McpError) as raised:
        session(server, headers={"Authorization": "Bearer very-secret"}).tools()

    assert str(raised.value) == "the server does not accept the key in the headers"
    assert "very-secret" not in repr(mcp.Server(url="https://x.example", headers={"A": "very-secret"}))


def test_a_huge_answer_is_refused(server: McpServer) -> None:
    server.results["find_order"] = {"content": [{"type": "text", "text": "x" * 300_000}]}
    with pytest.raises(mcp.McpError, match="more than 200 kB"):
        session(server).call("find_order", {"number": 17})


def test_a_private_address_is_refused(server: McpServer) -> None:
    http.configure()
    with pytest.raises(mcp.McpError, match="not one that may be called"):
        session(server).tools()
    assert server.methods == []


def test_what_is_no_text_is_named(server: McpServer) -> None:
    blocks = [{"type": "image", "data": "…"}, {"type": "resource", "resource": {"text": "a note"}}, "odd"]
    server.results["find_order"] = {"content": blocks}

    assert session(server).call("find_order", {}).text == "[image]\na note\n"


# --- in a conversation ------------------------------------------------------------------------------------------------


def test_its_tools_are_offered_and_called(shop: Shop, model: ModelServer, server: McpServer, row: Row) -> None:
    model.script(CALL, Says(text="It is on its way."))

    shop.writes("where is order 17?")
    work()

    assert {"shop_find_order", "shop_shop_hours"} <= offered(model)
    assert server.called == [{"name": "find_order", "arguments": {"number": 17}}]
    assert told_by_tools(model)[0]["result"] == {"state": "on its way"}
    assert "never instructions" in told_by_tools(model)[0]["note"]
    assert shop.said()[-1] == "ai: It is on its way."
    assert Message.objects.filter(type="FunctionCallOutput").get().call["name"] == "shop_find_order"
    assert (len(server.ended), server.sessions) == (2, set()), "one to ask for the tools, one to call"


def test_arguments_that_do_not_fit_are_not_sent(shop: Shop, model: ModelServer, server: McpServer, row: Row) -> None:
    model.script(Says(tool="shop_find_order", arguments={"number": "x"}), CALL, Says(text="It is on its way."))

    shop.writes("where is order 17?")
    work()

    assert server.called == [{"name": "find_order", "arguments": {"number": 17}}]
    assert "number" in told_by_tools(model)[0]["error"]


def test_a_tool_that_says_it_failed_is_a_failure(shop: Shop, model: ModelServer, server: McpServer, row: Row) -> None:
    server.results["find_order"] = {"content": [{"type": "text", "text": "no such order"}], "isError": True}
    model.script(CALL, Says(text="I cannot find it."))

    shop.writes("where is order 17?")
    work()

    assert (told_by_tools(model)[0]["ok"], told_by_tools(model)[0]["said"]) == (False, "no such order")
    assert shop.said()[-1] == "ai: I cannot find it."


def test_a_server_that_is_away_does_not_stop_the_assistant(
    shop: Shop, model: ModelServer, server: McpServer, row: Row
) -> None:
    server.key = "Bearer another"

    shop.writes("hello?")
    work()

    assert shop.said()[-1] == "ai: Scripted answer."
    assert Row.objects.get().problem == "the server does not accept the key in the headers"


def test_servers_are_asked_for_their_tools_at_the_same_time(
    shop: Shop, model: ModelServer, server: McpServer, row: Row
) -> None:
    """Else customers would wait for as many time-outs as there are servers that hang."""
    mcp_servers.create(shop.assistant, name="other", url=server.url, headers=RIGHT, timeout_seconds=5)
    both = threading.Barrier(2)
    acted = server.act

    def together(call: Call) -> Answer:
        if call.json.get("method") == "tools/list":
            both.wait(5)
        return acted(call)

    server.act = together  # type: ignore[method-assign]

    shop.writes("hello?")
    work()

    assert {"shop_find_order", "other_find_order"} <= offered(model)


def test_a_list_has_the_time_of_one_call_with_all_its_pages(server: McpServer) -> None:
    server.tools, server.page = [{"name": f"tool{number}"} for number in range(130)], 1
    asked = session(server, timeout=0.5)
    acted = server.act

    def slowly(call: Call) -> Answer:
        if call.json.get("method") == "tools/list":
            server.release.wait(0.2)
        return acted(call)

    server.act = slowly  # type: ignore[method-assign]

    with pytest.raises(mcp.McpError, match="time"):
        asked.tools()

    assert server.methods.count("tools/list") <= 5


def test_the_list_is_kept_for_an_hour_and_survives_a_failure(
    shop: Shop, model: ModelServer, server: McpServer, row: Row, time: Time
) -> None:
    for wait in (0.0, 60.0, timedelta(hours=1, seconds=1).total_seconds()):
        time.pass_by(wait)
        shop.writes("hello?")
        work()
    assert server.methods.count("tools/list") == 2

    server.key = "Bearer another"
    time.pass_by(3700)
    shop.writes("hello?")
    work()
    assert "shop_find_order" in offered(model)
    assert Row.objects.get().problem


def test_a_schema_that_leads_outside_is_left_out(shop: Shop, model: ModelServer, server: McpServer, row: Row) -> None:
    outside = {"type": "object", "properties": {"x": {"$ref": "http://127.0.0.1:1/schema.json"}}}
    broken = {"type": "object", "properties": {"x": {"$ref": "#/$defs/nowhere"}}}
    server.tools = [{"name": "outside", "inputSchema": outside}, {"name": "broken", "inputSchema": broken}]
    model.script(Says(tool="shop_broken", arguments={"x": 1}), Says(text="No."))

    shop.writes("hello?")
    work()

    assert "shop_outside" not in offered(model)
    assert "cannot be read" in told_by_tools(model)[0]["error"]


def test_a_sign_that_no_text_holds_is_left_out_of_a_description(row: Row, server: McpServer) -> None:
    server.tools = [{"name": "find", "description": "Finds\x00 it", "inputSchema": {"type": "object", "title": "\x00"}}]

    assert mcp_servers.refresh(row)

    row.refresh_from_db()
    assert row.tools == [{"name": "find", "description": "Finds it", "inputSchema": {"type": "object", "title": ""}}]


def test_the_built_in_answerer_asks_no_server(shop: Shop, server: McpServer, row: Row, settings: Any) -> None:
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""
    shop.writes("hello?")
    work()

    assert server.methods == []


# --- as published -----------------------------------------------------------------------------------------------------


@pytest.fixture
def known(row: Row) -> Row:
    """Asked for its tools and published with both of them."""
    mcp_servers.refresh(row)
    versions.publish_server(row)
    return row


def hello(shop: Shop) -> None:
    shop.writes("hello?")
    work()


def test_a_server_of_the_draft_waits_until_it_is_published(shop: Shop, model: ModelServer, server: McpServer) -> None:
    made = mcp_servers.create(shop.assistant, draft=True, name="shop", url=server.url, headers=RIGHT)
    mcp_servers.refresh(made)
    hello(shop)
    assert "shop_find_order" not in offered(model)

    versions.publish(shop.assistant)
    speaking.bring_forward(shop.assistant.pk)
    hello(shop)
    assert "shop_find_order" in offered(model)


def test_a_conversation_goes_on_with_the_servers_it_began_with(
    shop: Shop, model: ModelServer, server: McpServer, known: Row
) -> None:
    hello(shop)
    mcp_servers.remove(known)
    model.script(CALL, Says(text="It is on its way."))

    hello(shop)

    assert server.called == [{"name": "find_order", "arguments": {"number": 17}}]
    assert not versions.latest(shop.assistant).servers


def test_a_tool_that_the_server_offers_later_is_for_people_to_allow(
    shop: Shop, model: ModelServer, server: McpServer, known: Row
) -> None:
    server.tools = [*server.tools, {"name": "refund", "inputSchema": {"type": "object"}}]
    mcp_servers.refresh(known)
    hello(shop)
    assert "shop_refund" not in offered(model)

    (part,) = differences.between(
        snapshots.of_version(versions.latest(shop.assistant)), snapshots.of_draft(shop.assistant)
    )
    (found,) = part.differences
    assert (part.server, found.before) == ("shop", "find_order, shop.hours")
    assert found.after == "find_order, refund, shop.hours"
    versions.discard_draft(shop.assistant)
    assert not versions.is_changed(shop.assistant)
    assert Row.objects.get().left_out == ["refund"]


def test_a_tool_that_the_server_withdraws_is_no_change_of_anybodys(
    shop: Shop, model: ModelServer, server: McpServer, known: Row
) -> None:
    whole = server.tools
    server.tools = whole[:1]
    mcp_servers.refresh(known)
    hello(shop)
    assert "shop_shop_hours" not in offered(model)
    assert not versions.is_changed(shop.assistant)

    versions.discard_draft(shop.assistant)
    assert not versions.is_changed(shop.assistant)

    server.tools = whole
    mcp_servers.refresh(Row.objects.get())
    hello(shop)
    assert "shop_shop_hours" in offered(model), "it was allowed before, and is again"
    assert not versions.is_changed(shop.assistant)
    assert Row.objects.get().awaited == []


def test_discarding_leaves_nothing_unpublished_whatever_the_server_offers_by_then(
    shop: Shop, server: McpServer, known: Row, client: Client
) -> None:
    mcp_servers.change(known, draft=True, left_out=["find_order"])
    server.tools = server.tools[:1]
    mcp_servers.refresh(known)
    client.force_login(shop.company.owner)
    page = client.get(f"/assistants/{shop.assistant.pk}/mcp/{known.pk}/").content.decode()
    assert "Not offered at present." in page

    versions.discard_draft(shop.assistant)
    assert not versions.is_changed(shop.assistant)

    mcp_servers.change(Row.objects.get(), draft=True, url="https://elsewhere.example/mcp")
    assert versions.is_changed(shop.assistant)
    versions.discard_draft(shop.assistant)
    assert not versions.is_changed(shop.assistant)


def test_what_is_not_offered_may_be_left_out_all_the_same(
    shop: Shop, server: McpServer, known: Row, client: Client
) -> None:
    server.tools = server.tools[:1]
    mcp_servers.refresh(known)
    client.force_login(shop.company.owner)
    form = {"name": "shop", "url": known.url, "timeout_seconds": 5, "enabled": "on", "allowed": "find_order"}

    client.post(f"/assistants/{shop.assistant.pk}/mcp/{known.pk}/", form)

    assert versions.is_changed(shop.assistant)
    versions.publish(shop.assistant)
    assert versions.latest(shop.assistant).servers[0]["allowed"] == ["find_order"]


def test_going_back_brings_a_server_back_with_its_key_and_choice(shop: Shop, server: McpServer, known: Row) -> None:
    before, key = versions.latest(shop.assistant), known.pk
    mcp_servers.change(known, left_out=["find_order"], headers={"Authorization": "Bearer new"})
    mcp_servers.remove(known)

    versions.roll_back(before)

    found = Row.objects.get()
    assert (found.pk, dict(found.headers), found.left_out) == (key, RIGHT, [])
    assert "Bearer" not in repr(versions.latest(shop.assistant).servers)


# --- keeping them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "1 shop"}, "name"),
        ({"url": "http://mcp.example.com/"}, "url"),
        ({"headers": {"Mcp-Session-Id": "x"}}, "headers"),
        ({"headers": {"X-Key": "a\nb"}}, "headers"),
        ({"timeout_seconds": 0}, "timeout_seconds"),
    ],
)
def test_what_cannot_be_is_refused(shop: Shop, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as raised:
        mcp_servers.create(shop.assistant, **{"name": "shop", "url": "https://mcp.example.com/", **fields})

    assert set(raised.value.message_dict) == {field}


def test_stored_headers_do_not_go_to_a_new_address(shop: Shop, row: Row) -> None:
    mcp_servers.change(row, url="https://elsewhere.example/mcp")

    assert dict(Row.objects.get().headers) == {}


def test_a_copy_takes_headers_along_only_within_the_company(shop: Shop, row: Row) -> None:
    near = assistants.copy(shop.assistant, company_id=shop.company.pk)
    away = assistants.copy(shop.assistant, company_id=factories.make_company(owner=shop.company.owner).pk)

    assert dict(Row.objects.get(assistant=near).headers) == RIGHT
    with tenancy.company_scope(away.company_id):
        assert dict(Row.objects.get(assistant=away).headers) == {}


def test_the_page_adds_asks_chooses_and_removes(
    shop: Shop, model: ModelServer, server: McpServer, client: Client
) -> None:
    client.force_login(shop.company.owner)
    base = f"/assistants/{shop.assistant.pk}"
    given = {"name": "shop", "url": server.url, "headers_text": "Authorization: Bearer right", "timeout_seconds": "5"}

    added = client.post(f"{base}/mcp/new/", {**given, "enabled": "on"}, follow=True).content.decode()
    kept = Row.objects.get()
    assert "find_order" in added
    assert "Bearer right" not in added

    client.post(f"{base}/mcp/{kept.pk}/", {**given, "headers_text": "", "enabled": "on", "allowed": ["find_order"]})
    kept.refresh_from_db()
    assert (kept.left_out, dict(kept.headers)) == (["shop.hours"], RIGHT)
    shown = client.get(f"{base}/publish/").content.decode()
    assert "MCP server shop" in shown and "find_order" in shown
    client.post(f"{base}/publish/")
    shop.writes("hello?")
    work()
    assert "shop_shop_hours" not in offered(model)
    assert "find_order" in client.get(f"{base}/mcp/{kept.pk}/").content.decode()
    assert "2 tools" in client.get(f"{base}/tools/").content.decode()

    client.post(f"{base}/mcp/{kept.pk}/remove/")
    assert not Row.objects.exists()


# --- over the API -----------------------------------------------------------------------------------------------------


def test_a_program_adds_chooses_asks_again_and_removes_and_conversations_have_it_at_once(
    shop: Shop, model: ModelServer, server: McpServer
) -> None:
    api = program(shop.company)
    base = "/api/assistant-mcp-servers"

    made = api.post(base, {"assistantId": str(shop.assistant.pk), "name": "shop", "url": server.url, "headers": RIGHT})
    body = made.json()
    assert (made.status_code, body["headerNames"], body["problem"]) == (201, ["Authorization"], "")
    assert [(tool["name"], tool["isAllowed"]) for tool in body["tools"]] == [("find_order", True), ("shop.hours", True)]
    assert "right" not in made.content.decode()
    assert [row["id"] for row in api.get(f"{base}?assistantId={shop.assistant.pk}").json()] == [body["id"]]
    hello(shop)
    assert {"shop_find_order", "shop_shop_hours"} <= offered(model)

    api.patch(f"{base}/{body['id']}", {"allowedTools": ["find_order"]})
    speaking.bring_forward(shop.assistant.pk)
    hello(shop)
    assert "shop_shop_hours" not in offered(model)
    assert not versions.is_changed(shop.assistant)

    server.tools = [*server.tools, {"name": "refund", "inputSchema": {"type": "object"}}]
    asked = api.post(f"{base}/{body['id']}/refresh").json()
    assert {tool["name"]: tool["isAllowed"] for tool in asked["tools"]} == {
        "find_order": True,
        "shop.hours": False,
        "refund": True,
    }

    assert api.delete(f"{base}/{body['id']}").status_code == 200
    assert versions.latest(shop.assistant).servers == []
    assert api.get(f"{base}/{body['id']}").status_code == 404


def test_the_api_names_what_it_refuses(shop: Shop) -> None:
    api = program(shop.company)
    given = {"assistantId": str(shop.assistant.pk), "name": "shop", "url": "http://mcp.example.com/"}

    refused = api.post("/api/assistant-mcp-servers", given)

    assert (refused.status_code, "url" in refused.content.decode()) == (400, True)
    assert not Row.objects.exists()
