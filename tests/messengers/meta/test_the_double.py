"""The double keeps Meta's rules, so that whoever passes here has a chance there."""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.doubles.http_double import Answer, Call
from tests.doubles.meta import Account, Page, events
from tests.doubles.meta.world import DAY, HOUR
from tests.doubles.receiver import Receiver
from tests.messengers.meta.conftest import Clock, World
from tests.messengers.meta.house import picture


class Webhook(Receiver):
    """Says the challenge of a subscription back, as everybody must."""

    def act(self, call: Call) -> Answer:
        return Answer(200, call.query["hub.challenge"].encode()) if call.method == "GET" else super().act(call)

    @property
    def bodies(self) -> list[bytes]:
        return [call.body for call in self.heard]

    @property
    def signatures(self) -> list[str]:
        return [call.headers["x-hub-signature-256"] for call in self.heard]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [item for call in self.heard for entry in call.json["entry"] for item in entry["messaging"]]


@pytest.fixture
def receiver(world: World) -> Iterator[Webhook]:
    with Webhook() as receiver:
        for name in ("page", "instagram"):
            world.double.subscribe(name, receiver.url)
        yield receiver


def call(world: World, token: str, path: str, body: dict[str, Any] | None = None, **query: str) -> dict[str, Any]:
    """A call as our adapter would make it; the error object, or the answer."""
    proof = hmac.new(world.double.secrets[0].encode(), token.encode(), hashlib.sha256).hexdigest()
    query = {"appsecret_proof": proof, **query}
    request = urllib.request.Request(
        f"{world.double.origin}/{path}?{urllib.parse.urlencode(query)}",
        json.dumps(body).encode() if body is not None else None,
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    answer: dict[str, Any] = json.loads(events.call(request)[1])
    return dict(answer.get("error", answer))


def write(world: World, place: Page | Account, to: str, **said: Any) -> dict[str, Any]:
    if isinstance(place, Page):
        token, path = world.double.own_page_token(world.owner, place), f"graph.facebook.com/v26.0/{place.id}/messages"
    else:
        token, path = world.double.own_account_token(place), f"graph.instagram.com/v26.0/{place.id}/messages"
    return call(world, token, path, {"recipient": {"id": to}, "messaging_type": "RESPONSE"} | said)


def code_of(answer: dict[str, Any]) -> tuple[Any, Any]:
    return answer.get("code"), answer.get("error_subcode")


@pytest.fixture
def ivan(world: World) -> str:
    number = world.double.add_customer(world.page)
    world.double.write(world.page, number, "?")
    return number


@pytest.fixture
def olha(world: World) -> str:
    number = world.double.add_customer(world.own)
    world.double.write(world.own, number, "?")
    return number


def test_webhooks_are_signed_over_escaped_bytes(world: World, receiver: Webhook) -> None:
    world.double.subscribe_by_hand(world.page)
    world.double.write(world.page, world.double.add_customer(world.page), "Добрий день")

    body, secret = receiver.bodies[0], world.double.secrets[0].encode()
    assert b"\\u0414" in body
    assert receiver.signatures == ["sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()]


def test_an_account_of_its_own_is_signed_for_with_its_own_secret(world: World, receiver: Webhook) -> None:
    world.double.subscribe_by_hand(world.own)
    world.double.write(world.own, world.double.add_customer(world.own), "?")

    secret = world.double.instagram_secret.encode()
    assert receiver.signatures == ["sha256=" + hmac.new(secret, receiver.bodies[0], hashlib.sha256).hexdigest()]


def test_nothing_is_told_of_a_page_without_a_subscription(world: World, receiver: Webhook, ivan: str) -> None:
    assert receiver.bodies == []

    world.page.fields = {"messages"}
    world.double.write(world.page, ivan, "?")
    world.double.react(world.page, ivan, "m_1")

    assert [list(item)[-1] for item in receiver.events] == ["message"]


def test_after_an_hour_without_a_200_the_page_is_unsubscribed(
    world: World, receiver: Webhook, clock: Clock, ivan: str
) -> None:
    world.double.subscribe_by_hand(world.page)
    receiver.status = 500

    world.double.write(world.page, ivan, "one")
    clock.now += HOUR - 1
    world.double.write(world.page, ivan, "two")
    assert world.page.fields is not None
    clock.now += 2
    world.double.write(world.page, ivan, "three")

    assert world.page.fields is None


def test_a_200_in_between_keeps_the_page(world: World, receiver: Webhook, clock: Clock, ivan: str) -> None:
    world.double.subscribe_by_hand(world.page)
    for status in (500, 200, 500):
        receiver.status = status
        world.double.write(world.page, ivan, "?")
        clock.now += HOUR / 2 + 1

    assert world.page.fields is not None


def test_events_of_a_batch_ride_in_one_body(world: World, receiver: Webhook, ivan: str) -> None:
    world.double.subscribe_by_hand(world.page)

    with world.double.batched():
        for text in ("one", "two", "three"):
            world.double.write(world.page, ivan, text)

    assert len(receiver.bodies) == 1
    assert [item["message"]["text"] for item in receiver.events] == ["one", "two", "three"]


def test_the_window_is_24_hours_and_seven_days_for_people(world: World, clock: Clock, ivan: str, olha: str) -> None:
    hello, by_hand = {"message": {"text": "Hi"}}, {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    clock.now += DAY + 1

    assert code_of(write(world, world.page, ivan, **hello)) == (10, 2018278)
    assert code_of(write(world, world.own, olha, **hello)) == (10, 2534022)
    assert "message_id" in write(world, world.page, ivan, **hello | by_hand)
    assert code_of(write(world, world.page, ivan, **hello | by_hand | {"tag": "ACCOUNT_UPDATE"})) == (100, None)
    clock.now += 6 * DAY
    assert code_of(write(world, world.page, ivan, **hello | by_hand)) == (10, 2018278)


@pytest.mark.parametrize(("length", "fits"), [(2000, True), (2001, False)])
def test_messenger_counts_letters(world: World, ivan: str, length: int, fits: bool) -> None:
    assert ("message_id" in write(world, world.page, ivan, message={"text": "ї" * length})) is fits


@pytest.mark.parametrize(("length", "fits"), [(500, True), (501, False)])
def test_instagram_counts_bytes(world: World, olha: str, length: int, fits: bool) -> None:
    assert ("message_id" in write(world, world.own, olha, message={"text": "ї" * length})) is fits


@pytest.mark.parametrize(
    ("kind", "content", "fits"),
    [("image", picture(), True), ("image", picture("WEBP"), False), ("image", b"text", False), ("file", b"text", False),
     ("audio", picture(), False), ("hologram", picture(), False)],
)  # fmt: skip
def test_files_are_fetched_and_looked_at(world: World, olha: str, kind: str, content: bytes, fits: bool) -> None:
    url = world.double.keep_file(content, "image/jpeg")
    attachment = {"type": kind, "payload": {"url": url}}

    assert ("message_id" in write(world, world.own, olha, message={"attachment": attachment})) is fits


def test_a_file_that_cannot_be_fetched_is_refused(world: World, ivan: str) -> None:
    gone = {"type": "image", "payload": {"url": f"{world.double.origin}/files/gone"}}

    assert code_of(write(world, world.page, ivan, message={"attachment": gone})) == (100, 2018008)


def test_text_and_file_do_not_share_a_message_and_an_action_goes_alone(world: World, ivan: str) -> None:
    url = world.double.keep_file(picture(), "image/jpeg")
    both = {"text": "Look", "attachment": {"type": "image", "payload": {"url": url}}}

    assert code_of(write(world, world.page, ivan, message=both)) == (100, None)
    mixed = write(world, world.page, ivan, message={"text": "Hi"}, sender_action="typing_on")
    assert code_of(mixed) == (100, 2018014)


def test_strangers_and_missing_permissions_are_refused(world: World) -> None:
    assert code_of(write(world, world.page, "404", message={"text": "Hi"})) == (100, 2018001)
    assert code_of(write(world, world.own, "404", message={"text": "Hi"})) == (100, 2534014)
    token = world.double.own_page_token(world.owner, world.page)
    world.double.tokens[token].scopes.discard("pages_messaging")
    body = {"recipient": {"id": "404"}, "message": {"text": "Hi"}}
    assert code_of(call(world, token, f"graph.facebook.com/v26.0/{world.page.id}/messages", body)) == (200, None)


def test_without_the_proof_of_the_apps_secret_nothing_is_answered(world: World) -> None:
    token = world.double.own_page_token(world.owner, world.page)

    refused = call(world, token, f"graph.facebook.com/v26.0/{world.page.id}", appsecret_proof="guess")

    assert "appsecret_proof" in refused["message"]


def test_a_token_of_instagram_can_be_renewed_after_a_day_and_not_after_its_end(world: World, clock: Clock) -> None:
    token = world.double.own_account_token(world.own)
    path, how = "graph.instagram.com/refresh_access_token", {"grant_type": "ig_refresh_token", "access_token": token}

    assert "24 hours" in call(world, token, path, **how)["message"]
    clock.now += DAY + 1
    assert call(world, token, path, **how)["expires_in"] == 60 * DAY
    clock.now += 60 * DAY
    assert code_of(call(world, token, path, **how)) == (190, 463)
