"""What Meta refuses, by code and subcode, and what we make of it; how long it wants us silent."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from happ_project.core import clock as core_clock
from messengers import errors, types
from messengers.vendors.meta import usage, verdicts
from tests.messengers.meta.conftest import Clock, World

FINAL, LOGIN, LATER = errors.Rejected, errors.LoginRequired, errors.TryLater


# every line of the table in Meta's documentation of errors
TABLE = [
    (1, 0, LATER, "trouble of its own"),
    (2, 0, LATER, "trouble of its own"),
    (4, 0, LATER, "more slowly"),
    (17, 0, LATER, "more slowly"),
    (32, 0, LATER, "more slowly"),
    (613, 0, LATER, "more slowly"),
    (613, 2534040, LATER, "more slowly"),
    (80002, 0, LATER, "more slowly"),
    (80006, 0, LATER, "more slowly"),
    (613, 2018338, FINAL, "warns of abuse"),
    (10, 2018278, FINAL, "24 hours"),
    (10, 2534022, FINAL, "24 hours"),
    (10, 2018108, FINAL, "cannot be reached"),
    (551, 0, FINAL, "cannot be reached"),
    (551, 1545041, FINAL, "cannot be reached"),
    (200, 1545041, FINAL, "cannot be reached"),
    (10, 2018300, FINAL, "Another application"),
    (10, 1893063, errors.Restricted, "restricted"),
    (100, 2534029, errors.Restricted, "restricted"),
    (368, 1390008, errors.Restricted, "restricted"),
    (10, 2534077, LOGIN, "two-factor"),
    (100, 0, FINAL, "Invalid parameter"),
    (100, 33, FINAL, "does not know this recipient"),
    (100, 2018001, FINAL, "does not know this recipient"),
    (100, 2534014, FINAL, "does not know this recipient"),
    (100, 2018008, FINAL, "this file"),
    (100, 2018047, FINAL, "this file"),
    (100, 2018294, FINAL, "video in time"),
    (100, 2534013, LOGIN, "not linked"),
    (100, 2534037, FINAL, "Another application"),
    (102, 0, LOGIN, "Connect the channel again"),
    (190, 0, LOGIN, "Connect the channel again"),
    (190, 458, LOGIN, "was removed from the apps"),
    (190, 459, LOGIN, "sign in on facebook.com"),
    (190, 460, LOGIN, "password"),
    (190, 463, LOGIN, "expired"),
    (190, 464, LOGIN, "not confirmed"),
    (190, 467, LOGIN, "Connect the channel again"),
    (190, 492, LOGIN, "lost their role"),
    (200, 0, LOGIN, "permission"),
    (230, 0, LOGIN, "permission"),
    (200, 2018028, LOGIN, "not live"),
    (200, 2534041, LOGIN, "Allow access to messages"),
    (200, 2534048, LOGIN, "advanced access"),
    (9000001, 0, FINAL, "was deleted"),
    (31337, 0, FINAL, "Invalid parameter"),
    (100, 2018074, FINAL, "this file"),
    (100, 2018109, FINAL, "this file"),
    (100, 2018014, FINAL, "Invalid parameter"),
    (100, 2534015, FINAL, "Invalid parameter"),
    (100, 2534068, FINAL, "one picture at a time"),
    (299, 0, LOGIN, "permission"),
]
each_code = pytest.mark.parametrize(("code", "subcode", "verdict", "words"), TABLE)


@each_code
def test_code_and_subcode_decide(code: int, subcode: int, verdict: type[Exception], words: str) -> None:
    said = {"code": code, "error_subcode": subcode, "message": "Invalid parameter", "fbtrace_id": "AbC123"}

    found = verdicts.of(said)

    assert type(found) is verdict
    assert words in str(found)


def test_metas_trace_is_kept_with_a_refusal() -> None:
    found = verdicts.of({"code": 100, "error_subcode": 2018047, "fbtrace_id": "AbC123"})

    assert isinstance(found, errors.Rejected)
    assert found.code == "100/2018047 AbC123"


@pytest.mark.parametrize("odd", [{}, {"code": None}, {"code": "x", "message": {}}, {"code": 10**30}, {"code": "nan"}])
def test_an_odd_error_is_a_refusal_all_the_same(odd: dict[str, Any]) -> None:
    assert str(verdicts.of(odd)) == "Meta refused this."


@pytest.mark.parametrize(
    ("header", "value", "seconds"),
    [
        ("X-App-Usage", {"call_count": 79, "total_time": 1}, 0),
        ("X-App-Usage", {"call_count": 3, "total_cputime": 85}, 2),
        ("X-App-Usage", {"call_count": 100}, 300),
        ("X-Business-Use-Case-Usage", {"1": [{"call_count": 12, "estimated_time_to_regain_access": 7}]}, 420),
        ("X-Business-Use-Case-Usage", {"1": [{"call_count": 12}], "2": [{"total_time": 90}]}, 2),
        ("X-Business-Use-Case-Usage", {"1": [{"estimated_time_to_regain_access": 10**6}]}, 86_400),
        ("X-Business-Use-Case-Usage", {"1": None, "2": [None, {"call_count": "x"}]}, 0),
    ],
)
def test_usage_slows_us_down_before_meta_does(header: str, value: Any, seconds: float) -> None:
    assert usage.pause({header: json.dumps(value)}) == seconds


@pytest.mark.parametrize("nonsense", ["", "x", "[]", "1", "{"])
def test_nonsense_in_the_header_is_no_reason_to_wait(nonsense: str) -> None:
    assert usage.pause({"X-App-Usage": nonsense}) == 0


# --- against the double -----------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def one_clock(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_clock, "now", lambda: datetime.fromtimestamp(clock.now, UTC))


def message(chat_id: str, **fields: Any) -> types.OutgoingMessage:
    return types.OutgoingMessage(**{"client_ref": "ours-1", "chat_id": chat_id, "text": "Yes"} | fields)


def test_a_page_writes_and_names_its_reference(world: World) -> None:
    ivan = world.double.add_customer(world.page)
    world.double.write(world.page, ivan, "?")

    sent = world.facebook().send(message(ivan, reply_to="m_0"))

    (taken,) = world.double.sent
    assert sent.message_id == taken.id
    assert taken.body == {
        "recipient": {"id": ivan}, "messaging_type": "RESPONSE", "reply_to": {"mid": "m_0"},
        "message": {"text": "Yes", "metadata": "ours-1"},
    }  # fmt: skip


@pytest.mark.parametrize("road", ["instagram", "instagram_on_its_own"])
def test_both_roads_lead_to_instagram(world: World, road: str) -> None:
    place = world.behind if road == "instagram" else world.own
    ivan = world.double.add_customer(place)
    world.double.write(place, ivan, "?")

    getattr(world, road)().send(message(ivan))

    assert [(taken.place, taken.body["message"]) for taken in world.double.sent] == [(place, {"text": "Yes"})]


@pytest.mark.parametrize("messenger", ["facebook", "instagram", "instagram_on_its_own"])
@each_code
def test_each_refusal_of_the_wire_is_understood(
    world: World, messenger: str, code: int, subcode: int, verdict: type[Exception], words: str
) -> None:
    error = {"code": code, "message": "Invalid parameter", **({"subcode": subcode} if subcode else {})}
    world.double.fail("/messages", "error", error=error)

    with pytest.raises(verdict, match=re.escape(words)):
        getattr(world, messenger)().send(message("7"))


def test_what_meta_says_of_its_limits_silences_the_address(world: World) -> None:
    ivan = world.double.add_customer(world.page)
    world.double.write(world.page, ivan, "?")
    world.double.usage = {"X-App-Usage": '{"call_count": 91}'}

    assert world.facebook().send(message(ivan)).wait == 2


def test_the_window_is_looked_at_before_the_network(world: World, clock: Clock) -> None:
    now = datetime.fromtimestamp(clock.now, UTC)
    past, future = now - timedelta(seconds=1), now + timedelta(days=6)
    page = world.facebook()

    for late in (message("7", reply_until=past), message("7", reply_until=past, human_until=past)):
        with pytest.raises(errors.Rejected):
            page.send(late)
    with pytest.raises(errors.Rejected, match="recipient"):
        page.send(message("7", reply_until=past, human_until=future))

    assert world.double.calls["send_from_page"] == 1


def test_a_person_who_has_blocked_us_is_final(world: World) -> None:
    ivan = world.double.add_customer(world.page)
    world.page.blocked.add(ivan)

    with pytest.raises(errors.Rejected, match="cannot be reached"):
        world.facebook().send(message(ivan))


def test_typing_and_seen_go_alone(world: World) -> None:
    ivan = world.double.add_customer(world.own)
    account = world.instagram_on_its_own()

    account.signal(ivan, "typing")
    account.signal(ivan, "typing", on=False)
    account.signal(ivan, "read", message_id="x")

    assert world.double.actions == [(world.own.id, ivan, each) for each in ("typing_on", "typing_off", "mark_seen")]


def test_people_are_asked_for_by_name(world: World) -> None:
    ivan, olha = world.double.add_customer(world.page, "Ivan Bondar"), world.double.add_customer(world.own, "Olha M")

    assert world.facebook().profile(ivan) == types.Contact(id=ivan, name="Ivan Bondar")
    assert world.instagram_on_its_own().profile(olha) == types.Contact(id=olha, name="Olha M", username="olha.m")


# --- health -----------------------------------------------------------------------------------------------------------


def test_a_subscription_that_meta_dropped_shows(world: World) -> None:
    page = world.facebook()
    assert page.check().state == "disconnected"

    page.activate("")

    assert page.check().state == "connected"
    page.deactivate()
    assert page.check().state == "disconnected"


@pytest.mark.parametrize(("subcode", "words"), [(458, "was removed"), (460, "password"), (459, "sign in")])
def test_a_dead_token_says_why(world: World, subcode: int, words: str) -> None:
    page = world.facebook()
    world.double.kill_tokens(world.owner, subcode)

    with pytest.raises(errors.LoginRequired, match=words):
        page.check()


def test_a_role_that_was_taken_away_shows(world: World) -> None:
    page = world.facebook()
    world.page.tasks.clear()

    with pytest.raises(errors.LoginRequired, match="lost their role"):
        page.check()


def test_the_end_of_the_permission_is_announced_and_then_said(world: World, clock: Clock) -> None:
    """A page's token does not expire, but the permission to read ends 90 days after the person was last seen."""
    world.double.subscribe_by_hand(world.page)
    page = world.facebook()
    assert page.check() == types.Health(state="connected")

    clock.now += 84 * 86_400
    assert "ends within a week" in page.check().detail
    clock.now += 7 * 86_400
    with pytest.raises(errors.LoginRequired, match="ended after 90 days"):
        page.check()


def test_instagram_that_was_unlinked_from_its_page_shows(world: World) -> None:
    world.double.subscribe_by_hand(world.page)
    account = world.instagram()
    assert account.check().state == "connected"

    world.page.instagram = world.own

    with pytest.raises(errors.LoginRequired, match="not linked to this Instagram account"):
        account.check()


def test_a_token_of_instagram_is_renewed_once_it_is_a_month_old(world: World, clock: Clock) -> None:
    began = datetime.fromtimestamp(clock.now, UTC).isoformat()
    account = world.instagram_on_its_own(token_at=began)

    clock.now += 29 * 86_400
    assert account.renew() == {}
    clock.now += 2 * 86_400
    fresh = account.renew()

    assert fresh["token"] != account.credentials["token"]
    assert datetime.fromisoformat(fresh["token_until"]) == datetime.fromtimestamp(clock.now, UTC) + timedelta(days=60)
    assert world.facebook().renew() == {}


def test_the_apps_own_subscription_is_made_once_and_an_operators_stays(world: World) -> None:
    from tests.doubles.meta.world import Subscription

    world.double.subscriptions["page"] = Subscription("https://operators.example.com/", {"messages"}, "token")

    world.facebook().activate("https://happ.test/webhooks/facebook/")

    assert world.double.subscriptions["page"].url == "https://operators.example.com/"
    assert world.double.calls["subscribe_app"] == 0


def test_a_version_that_has_ended_is_noticed(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.double.subscribe_by_hand(world.page)
    page = world.facebook()
    page.io.settings = {**page.io.settings, "META_GRAPH_VERSION": "v12.0"}

    page.check()

    assert "Meta served v21.0 instead of v12.0: set META_GRAPH_VERSION" in caplog.text


def test_a_dead_link_to_a_file_is_final_and_a_tired_server_is_not(world: World) -> None:
    page, url = world.facebook(), world.double.keep_file(b"x", "image/jpeg")
    assert page.fetch({"url": url}).content == b"x"

    world.double.forget_files()
    with pytest.raises(errors.Rejected):
        page.fetch({"url": url})
    with pytest.raises(errors.Rejected):
        page.fetch({"url": "http://10.0.0.1/secret"})
    with pytest.raises(errors.Rejected):
        page.fetch({})
