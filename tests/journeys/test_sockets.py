"""Live: the visitor's socket, the dashboard's hints, the integrator's events; through the real channel layer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.test import Client

from conversations import consumers
from conversations.models import Chat, Message
from conversations.services import chats
from happ_project.companies.models import AccessToken, Company, User
from happ_project.companies.services import access_tokens, companies
from happ_project.core import ids, realtime, tenancy
from integrations.services import integrations
from messengers.models import Delivery, InboundReceipt
from messengers.services import addresses, visitors
from tests import factories
from tests.journeys.shop import Shop, open_shop
from tests.sockets import socket_at
from tests.working import Mind, work

OWN = [(b"origin", b"https://happ.test"), (b"host", b"happ.test")]


async def in_db(action: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return await sync_to_async(action)(*args, **kwargs)


@asynccontextmanager
async def visit(shop: Site, *, token: str) -> AsyncIterator[WebsocketCommunicator]:
    """A page whose visitor has been recognised."""
    async with socket_at(f"/ws/widget/{shop.channel}/") as socket:
        assert (await socket.connect())[0]
        await socket.send_json_to({"type": "hello", "token": token})
        assert await socket.receive_json_from() == {"type": "ready"}
        yield socket


class Site(Shop):
    """As `Shop`, with what tests in a loop need at hand."""

    channel = ""
    token = ""
    visitor = ""

    def look(self) -> None:
        address = self.address
        self.channel = address.external_id
        visitor, self.token = visitors.issue(address)
        self.visitor = visitor.id

    def work(self, *kinds: Any) -> int:
        with tenancy.company_scope(self.company):
            return work(*kinds)

    def inside(self, action: Callable[[], Any]) -> Any:
        with tenancy.company_scope(self.company):
            return action()


@pytest.fixture
def site(committed: None) -> Site:
    shop = open_shop(debounce_seconds=0.0)
    site = Site(shop.company, shop.assistant, shop.integration)
    site.inside(site.look)
    return site


async def heard(socket: WebsocketCommunicator, kind: str) -> dict[str, Any]:
    """The next frame of this kind; others in between are let pass."""
    for _ in range(20):
        frame: dict[str, Any] = await socket.receive_json_from(timeout=5)
        if frame["type"] == kind:
            return frame
    raise AssertionError(f"no {kind}")


# --- the visitor ------------------------------------------------------------------------------------------------------


async def test_a_visitor_writes_and_hears_the_answer(site: Site, mind: Mind) -> None:
    async with visit(site, token=site.token) as socket:
        await socket.send_json_to({"type": "message", "clientId": "c1", "text": "Hello"})
        assert await socket.receive_json_from() == {"type": "accepted", "clientId": "c1"}
        await in_db(site.work)

        assert (await heard(socket, "typing"))["on"] is True
        message = (await heard(socket, "message"))["message"]
        assert (message["text"], message["from"]) == ("We open at nine.", "assistant")

        await socket.send_json_to({"type": "received", "ids": [message["id"]]})
        await socket.send_json_to({"type": "read", "ids": [message["id"]]})
        await socket.send_json_to({"type": "ping"})
        assert (await heard(socket, "pong"))["type"] == "pong"
        await in_db(site.work, InboundReceipt)

    status = await in_db(lambda: Message._base_manager.get(source="AI").status)
    assert status == "read"


async def test_a_message_sent_again_after_a_break_is_stored_once(site: Site) -> None:
    for _ in range(2):
        async with visit(site, token=site.token) as socket:
            await socket.send_json_to({"type": "message", "clientId": "c1", "text": "Hello"})
            assert (await socket.receive_json_from())["type"] == "accepted"

    await in_db(site.work, InboundReceipt)
    assert await in_db(Message._base_manager.count) == 1


async def test_every_page_of_a_visitor_hears_the_same(site: Site) -> None:
    async with visit(site, token=site.token) as one, visit(site, token=site.token) as other:
        await one.send_json_to({"type": "message", "clientId": "c1", "text": "Hello"})
        await one.receive_json_from()
        await in_db(site.work, InboundReceipt)
        await in_db(site.inside, lambda: site.replies("I am here", by=site.visitor))
        await in_db(site.work)

        first, second = await heard(one, "message"), await heard(other, "message")

    assert first == second
    assert first["message"]["from"] == "human"


@pytest.mark.parametrize(
    "frame",
    [
        "no json",
        '["a list"]',
        '{"no": "type"}',
        "[" * 20_000,
        '{"type": "message", "text": "no id"}',
        '{"type": "message", "clientId": "c1"}',
        '{"type": "message", "clientId": "c1", "text": 7}',
        '{"type": "message", "clientId": "c1", "text": "   "}',
        '{"type": "message", "clientId": "c1", "text": "\\u0000"}',
        '{"type": "message", "clientId": "c1", "fileId": "not an id"}',
        '{"type": "message", "clientId": "c1", "fileId": ["x"]}',
    ],
)
async def test_a_frame_that_means_nothing_is_refused_and_the_socket_stays(site: Site, frame: str) -> None:
    async with visit(site, token=site.token) as socket:
        await socket.send_to(text_data=frame)
        assert (await socket.receive_json_from())["type"] == "refused"

        await socket.send_json_to({"type": "message", "clientId": "c2", "text": "Hello"})
        assert (await socket.receive_json_from())["type"] == "accepted"


async def test_a_picture_that_is_not_there_is_refused(site: Site) -> None:
    async with visit(site, token=site.token) as socket:
        await socket.send_json_to({"type": "message", "clientId": "c1", "fileId": str(ids.new_id())})
        answer = await socket.receive_json_from()

    assert answer == {"type": "refused", "clientId": "c1", "error": "fileId: there is no such picture."}


async def test_letters_that_no_database_stores_do_not_cost_the_message(site: Site) -> None:
    async with visit(site, token=site.token) as socket:
        await socket.send_to(text_data='{"type": "message", "clientId": "c\\u00001", "text": "Hel\\u0000lo \\ud800!"}')
        assert await socket.receive_json_from() == {"type": "accepted", "clientId": "c1"}

    await in_db(site.work, InboundReceipt)
    assert await in_db(lambda: Message._base_manager.get().text) == "Hello !"


async def test_reports_about_nothing_are_let_pass(site: Site) -> None:
    async with visit(site, token=site.token) as socket:
        for ids_ in (7, None, "x", [None, 5, {}]):
            await socket.send_json_to({"type": "read", "ids": ids_})
        await socket.send_json_to({"type": "ping"})
        assert await socket.receive_json_from() == {"type": "pong"}


@pytest.mark.parametrize("kind", [["read"], {"of": "mine"}, 7, None])
async def test_a_frame_of_no_kind_costs_nothing(site: Site, kind: Any) -> None:
    async with visit(site, token=site.token) as socket:
        await socket.send_json_to({"type": kind})
        await socket.send_json_to({"type": "ping"})
        assert await socket.receive_json_from() == {"type": "pong"}


async def test_a_flood_of_reports_is_stemmed(site: Site) -> None:
    async with visit(site, token=site.token) as socket:
        for number in range(130):
            await socket.send_json_to({"type": "read", "ids": [f"m{number}"]})
        await socket.send_json_to({"type": "ping"})
        assert await socket.receive_json_from(timeout=10) == {"type": "pong"}

    assert await in_db(InboundReceipt._base_manager.count) == 120


async def test_a_page_is_one_visitors_for_as_long_as_it_is_open(site: Site) -> None:
    async with visit(site, token=site.token) as socket:
        await socket.send_json_to({"type": "hello", "token": "another"})
        await socket.send_json_to({"type": "ping"})
        assert await socket.receive_json_from() == {"type": "pong"}


async def test_a_flood_is_stemmed(site: Site) -> None:
    async with visit(site, token=site.token) as socket:
        answers = []
        for number in range(31):
            await socket.send_json_to({"type": "message", "clientId": f"c{number}", "text": "x"})
            answers.append((await socket.receive_json_from())["type"])

    assert answers == ["accepted"] * 30 + ["refused"]


async def test_nobody_is_heard_before_the_token(site: Site) -> None:
    async with socket_at(f"/ws/widget/{site.channel}/") as socket:
        await socket.connect()
        await socket.send_json_to({"type": "message", "clientId": "c1", "text": "Hello"})
        assert (await socket.receive_json_from())["type"] == "denied"

    assert await in_db(InboundReceipt._base_manager.count) == 0


async def test_a_token_of_another_widget_opens_nothing(site: Site) -> None:
    other = await in_db(factories.make_integration, site.company)
    token = await in_db(lambda: site.inside(lambda: visitors.issue(other.address)[1]))
    async with socket_at(f"/ws/widget/{site.channel}/") as socket:
        await socket.connect()
        await socket.send_json_to({"type": "hello", "token": token})
        assert (await socket.receive_json_from())["type"] == "denied"


async def test_a_widget_that_is_switched_off_says_so_to_open_pages(site: Site) -> None:
    async with visit(site, token=site.token) as socket:
        await in_db(site.inside, lambda: integrations.switch_off(site.integration))
        await socket.send_json_to({"type": "message", "clientId": "c1", "text": "Hello"})
        assert (await socket.receive_json_from())["type"] == "refused"

    assert await in_db(lambda: site.inside(lambda: site.address.dropped)) == 1


# --- what a returning visitor sees ------------------------------------------------------------------------------------


def history(site: Site, **query: str) -> list[dict[str, Any]]:
    answer = Client().get(f"/widget/{site.channel}/history/", query, headers={"authorization": f"Visitor {site.token}"})
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["messages"]
    return found


def test_a_returning_visitor_sees_the_chat_and_can_read_on(site: Site, mind: Mind) -> None:
    assert history(site) == []
    with tenancy.company_scope(site.company):
        site.writes("Hello", by=site.visitor, message_id="c1")
        work()
        site.replies("I am here", by=site.visitor)
        chats.writing.note(site.chat(site.visitor), "for colleagues only")

    seen = history(site)

    assert [(each["from"], each["text"]) for each in seen] == [
        ("visitor", "Hello"),
        ("assistant", "We open at nine."),
        ("human", "I am here"),
    ]
    assert seen[0]["clientId"] == "c1"
    assert history(site, after=seen[1]["id"]) == seen[2:]


def test_a_long_answer_is_the_same_messages_live_and_after_a_reload(site: Site, mind: Mind) -> None:
    long = "\n\n".join(f"Paragraph {number}. " + "Words and more words. " * 60 for number in range(4))
    pushed: list[Any] = []
    with tenancy.company_scope(site.company):
        site.writes("Hello", by=site.visitor, message_id="c1")
        work()
        site.replies(long, by=site.visitor)
        pushed = [(row.client_ref, row.payload["text"]) for row in Delivery.objects.order_by("id")][-2:]

    seen = history(site)[-2:]

    assert [(each["id"], each["text"]) for each in seen] == pushed
    assert seen[1]["id"] == f"{seen[0]['id']}.1"
    assert history(site, after=seen[0]["id"]) == seen[1:], "it closed between the two"
    assert history(site, after=seen[1]["id"]) == []


@pytest.mark.parametrize("after", ["", "x", "x" * 36, "00000000-0000-0000-0000-000000000000"])
def test_a_cursor_that_means_nothing_shows_everything(site: Site, after: str) -> None:
    with tenancy.company_scope(site.company):
        site.writes("Hello", by=site.visitor)
        work(InboundReceipt)

    assert len(history(site, after=after)) == 1


# --- the dashboard ----------------------------------------------------------------------------------------------------


async def test_the_dashboard_hears_that_a_chat_changed_and_who_writes(site: Site, mind: Mind) -> None:
    user = await in_db(lambda: User.objects.get(pk=site.company.owner_id))
    async with socket_at("/ws/dashboard/", user=user, headers=OWN) as socket:
        assert (await socket.connect())[0]
        assert (await socket.receive_json_from())["type"] == "ready"
        await in_db(site.inside, lambda: site.writes("Hello"))
        await in_db(site.work)

        changed = await heard(socket, "chat.changed")
        typing = await heard(socket, "chat.typing")

    chat = await in_db(lambda: Chat._base_manager.get())
    assert changed["chatId"] == typing["chatId"] == str(chat.pk)
    assert typing["on"] is True
    assert "Hello" not in str(changed), "it is a hint; the page fetches what it may see"


async def test_the_dashboard_hears_that_a_message_is_on_its_way(site: Site) -> None:
    user = await in_db(lambda: User.objects.get(pk=site.company.owner_id))
    async with socket_at("/ws/dashboard/", user=user, headers=OWN) as socket:
        assert (await socket.connect())[0]
        assert (await socket.receive_json_from())["type"] == "ready"
        hint = {"type": "MESSAGE_SENDING", "chatId": "c1", "data": {"messageId": "m1", "status": "sending"}}
        realtime.push(realtime.company_topic(site.company.pk), hint)

        assert await heard(socket, "message.sending") == {"type": "message.sending", "chatId": "c1"}


async def test_the_dashboard_hears_that_a_channel_broke(site: Site) -> None:
    user = await in_db(lambda: User.objects.get(pk=site.company.owner_id))
    async with socket_at("/ws/dashboard/", user=user, headers=OWN) as socket:
        assert (await socket.connect())[0]
        assert (await socket.receive_json_from())["type"] == "ready"
        await in_db(site.inside, lambda: addresses.set_state(site.address, "login_required", "It was revoked."))

        assert "It was revoked." not in str(await heard(socket, "integration.changed"))


async def test_the_dashboard_does_not_open_for_another_page(site: Site) -> None:
    user = await in_db(lambda: User.objects.get(pk=site.company.owner_id))
    elsewhere = [(b"origin", b"https://evil.example"), (b"host", b"happ.test")]
    async with socket_at("/ws/dashboard/", user=user, headers=elsewhere) as socket:
        assert not (await socket.connect())[0]


async def test_a_sign_of_life_is_answered_with_the_cursor(site: Site) -> None:
    user = await in_db(lambda: User.objects.get(pk=site.company.owner_id))
    async with socket_at("/ws/dashboard/", user=user, headers=OWN) as socket:
        await socket.connect()
        ready = await socket.receive_json_from()
        await in_db(site.inside, lambda: site.writes("Hello"))
        await in_db(site.work, InboundReceipt)
        await socket.send_json_to({"type": "ping"})

        assert (await heard(socket, "pong"))["cursor"] > ready["cursor"]


# --- a company's own programs -----------------------------------------------------------------------------------------


async def test_a_program_hears_whole_events(site: Site) -> None:
    token = await in_db(factories.make_access_token, site.company)
    async with socket_at("/ws/events/", headers=[(b"x-access-token", token.encode())]) as socket:
        assert (await socket.connect())[0]
        assert (await socket.receive_json_from())["type"] == "READY"
        await in_db(site.inside, lambda: site.writes("Hello"))
        await in_db(site.work, InboundReceipt)

        event = await heard(socket, "MESSAGE_CREATED")

    assert event["data"]["message"]["text"] == "Hello"
    assert event["companyId"] == str(site.company.pk)


async def test_the_events_of_each_chat_come_in_the_order_in_which_they_happened(site: Site, mind: Mind) -> None:
    token = await in_db(factories.make_access_token, site.company)
    async with socket_at("/ws/events/", headers=[(b"x-access-token", token.encode())]) as socket:
        assert (await socket.connect())[0]
        for number in range(3):
            for visitor in ("olena", "taras"):
                await in_db(site.inside, lambda by=visitor, n=number: site.writes(f"Question {n}", by=by))
        await in_db(site.work)

        frames: list[dict[str, Any]] = []
        while sum(_is_answer(frame) for frame in frames) < 2:
            frames.append(await socket.receive_json_from(timeout=5))

    for chat in {frame["chatId"] for frame in frames if frame.get("chatId")}:
        of_chat = [frame for frame in frames if frame.get("chatId") == chat and "id" in frame]
        assert [frame["id"] for frame in of_chat] == sorted(frame["id"] for frame in of_chat)
        said = [frame["data"]["message"]["text"] for frame in of_chat if frame["type"] == "MESSAGE_CREATED"]
        assert said == ["Question 0", "Question 1", "Question 2", "We open at nine."], "stored before it was answered"


def _is_answer(frame: dict[str, Any]) -> bool:
    return frame["type"] == "MESSAGE_CREATED" and frame["data"]["message"]["role"] == "Assistant"


async def revoke(site: Site) -> None:
    await in_db(lambda: access_tokens.revoke(AccessToken.objects.get()))


async def close_company(site: Site) -> None:
    await in_db(lambda: companies.close(Company.objects.get(pk=site.company.pk)))


@pytest.mark.parametrize("end", [revoke, close_company])
async def test_a_socket_whose_right_has_ended_hears_nothing_more(
    site: Site, end: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "_LOOKED_UP_EVERY", 0.0)
    token = await in_db(factories.make_access_token, site.company)
    async with socket_at("/ws/events/", headers=[(b"x-access-token", token.encode())]) as socket:
        await socket.connect()
        await socket.receive_json_from()
        await end(site)
        realtime.push(realtime.company_topic(site.company.pk), {"type": "MESSAGE_CREATED", "data": "a secret"})

        assert await socket.receive_output(timeout=5) == {"type": "websocket.close", "code": 4403}
