"""News: one event per change, for webhooks at least once and in order, and for the feed without a gap."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from standardwebhooks import Webhook

from conversations.services import chats
from happ_project.core import http, jobs, places, tenancy
from integrations import selectors
from integrations.models import Event, WebhookDelivery, WebhookEndpoint
from integrations.services import event_log, webhooks
from messengers.models import Delivery, InboundReceipt
from tests.doubles.receiver import Receiver
from tests.journeys.shop import Shop
from tests.working import Mind, Time, at_once, work, work_for


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        http.configure(allowed_private=[receiver.address])
        yield receiver
    http.configure()


def told(receiver: Receiver) -> list[str]:
    return [call.json["type"] for call in receiver.heard]


@pytest.fixture
def endpoint(shop: Shop, receiver: Receiver) -> WebhookEndpoint:
    return webhooks.create(company_id=shop.company.pk, url=receiver.url)[0]


def record(shop: Shop, type: str = "CHAT_UPDATED", **fields: Any) -> Event:
    return event_log.record(company_id=shop.company.pk, type=type, payload={"n": 1}, **fields)


# --- what is told -----------------------------------------------------------------------------------------------------


def test_a_conversation_is_told_as_it_happens(shop: Shop, mind: Mind, time: Time, receiver: Receiver) -> None:
    webhooks.create(company_id=shop.company.pk, url=receiver.url)
    shop.writes("Hello")
    work_for(time, 5)

    assert told(receiver) == ["CHAT_CREATED", "MESSAGE_CREATED", "MESSAGE_CREATED", "MESSAGE_UPDATED"]
    said = [call.json["data"]["message"] for call in receiver.heard[1:]]
    assert [(each["role"], each["text"], each["status"]) for each in said] == [
        ("User", "Hello", "received"),
        ("Assistant", "We open at nine.", "queued"),
        ("Assistant", "We open at nine.", "sent"),
    ]
    assert said[1]["inputTokens"] == 20


def test_a_handoff_is_told(shop: Shop, endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    shop.writes("Hello")
    work(InboundReceipt)
    chats.set_ai(shop.chat(), False, reason="auto", why="a refund")
    work(WebhookDelivery)

    told = [call.json for call in receiver.heard if call.json["type"] == "CHAT_MODE_CHANGED"]
    assert [each["data"]["isUnderAiControl"] for each in told] == [False]
    assert told[0]["data"]["reason"] == "a refund"


def test_a_change_that_is_rolled_back_is_not_told(
    shop: Shop, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch, time: Time
) -> None:
    def fail(job: Any, *args: Any, **kwargs: Any) -> None:
        raise ValueError("at the very end")

    known = Event.objects.count()
    shop.writes("Hello")
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "finish", fail)
        work(InboundReceipt)
    assert (Event.objects.count(), WebhookDelivery.objects.count()) == (known, 0)

    work_for(time, 2)
    assert Event.objects.filter(type="MESSAGE_CREATED").count() == 1


def test_an_endpoint_hears_what_it_asked_for(shop: Shop, receiver: Receiver) -> None:
    webhooks.create(company_id=shop.company.pk, url=receiver.url, event_types=["CHAT_CREATED"])
    shop.writes("Hello")
    work(InboundReceipt, WebhookDelivery)

    assert told(receiver) == ["CHAT_CREATED"]


# --- how it is told ---------------------------------------------------------------------------------------------------


def test_a_call_is_signed_in_both_ways_and_numbered(shop: Shop, receiver: Receiver) -> None:
    _endpoint, secret = webhooks.create(company_id=shop.company.pk, url=receiver.url)
    event = record(shop)
    receiver.answers = [500]
    work(WebhookDelivery)

    (call,) = receiver.heard
    assert Webhook(secret).verify(call.body.decode(), call.headers) == json.loads(call.body)
    assert call.headers["x-happ-signature"] == hmac.new(secret.encode(), call.body, hashlib.sha256).hexdigest()
    assert (call.headers["webhook-id"], call.headers["x-happ-attempt"]) == (f"evt_{event.pk}", "1")


def test_a_receiver_that_was_away_hears_everything_later_in_order(
    shop: Shop, endpoint: WebhookEndpoint, receiver: Receiver, time: Time
) -> None:
    shop.writes("Hello")
    work(InboundReceipt)
    chat = shop.chat()
    receiver.answers = [503, 503]
    record(shop, "CHAT_UPDATED", chat_id=chat.pk)
    work_for(time, 40)

    ids = [int(call.headers["webhook-id"].removeprefix("evt_")) for call in receiver.heard]
    assert ids[:3] == [ids[0]] * 3, "the first one until it is taken"
    assert ids[2:] == sorted(set(ids))
    assert not WebhookDelivery.objects.exclude(state="done").exists()
    assert WebhookEndpoint.objects.get().connected


def test_one_chat_that_cannot_be_told_does_not_hold_up_the_others(
    shop: Shop, endpoint: WebhookEndpoint, receiver: Receiver, time: Time
) -> None:
    shop.writes("Hello")
    shop.writes("Hello", by="taras")
    receiver.answers = [500]
    work(InboundReceipt, WebhookDelivery)

    chats_told = {call.json["chatId"] for call in receiver.heard[1:]}
    assert chats_told == {str(shop.chat("taras").pk)}


def test_a_lane_of_webhooks_is_drained_in_one_go(shop: Shop, endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    # it used to take every call for lost to another worker, and stop after each
    for _ in range(5):
        record(shop)
    first = WebhookDelivery.objects.order_by("id").first()
    assert first is not None

    assert jobs.run(first._meta.label, first.pk, shop.company.pk) == 5
    assert len(receiver.heard) == 5


def test_gone_switches_the_endpoint_off(
    shop: Shop, endpoint: WebhookEndpoint, receiver: Receiver, time: Time, mailoutbox: list[Any]
) -> None:
    receiver.answers = [410]
    record(shop)
    record(shop)
    work_for(time, 60)

    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.disabled_reason) == (False, "The receiver answered 410 Gone.")
    assert len(receiver.heard) == 1
    (mail,) = mailoutbox
    assert mail.to == [shop.company.owner.email]
    assert "410 Gone" in mail.body
    record(shop)
    assert WebhookDelivery.objects.filter(state="waiting").count() == 0


def test_a_receiver_that_stays_away_is_given_up_after_a_day(
    shop: Shop, endpoint: WebhookEndpoint, receiver: Receiver, time: Time
) -> None:
    receiver.answers = [500] * 50
    record(shop)
    work_for(time, 36 * 3600)

    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.last_error) == ("failed", "answered 500")
    assert len(receiver.heard) == 10
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.connected, endpoint.failures) == (True, False, 1)


def test_a_call_can_be_repeated_by_a_person(shop: Shop, endpoint: WebhookEndpoint, receiver: Receiver) -> None:
    record(shop)
    work(WebhookDelivery)
    webhooks.send_again(WebhookDelivery.objects.get())
    work(WebhookDelivery)

    assert [call.headers["webhook-id"] for call in receiver.heard] == [receiver.heard[0].headers["webhook-id"]] * 2


def test_the_log_of_a_call_keeps_the_beginning_of_the_answer_only(
    shop: Shop, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    receiver.says = b"fine " * 200
    record(shop)
    work(WebhookDelivery)

    done = WebhookDelivery.objects.get()
    assert (done.response_status, done.duration_ms is not None, done.response_text) == (200, True, "fine " * 100)


def test_an_answer_with_signs_that_no_text_holds_is_an_answer(
    shop: Shop, endpoint: WebhookEndpoint, receiver: Receiver
) -> None:
    receiver.says = b"fine\x00\xff"
    record(shop)
    work(WebhookDelivery)

    done = WebhookDelivery.objects.get()
    assert (done.state, done.response_text, len(receiver.heard)) == ("done", "fine\N{REPLACEMENT CHARACTER}", 1)


def test_the_inner_network_is_not_called(shop: Shop, receiver: Receiver) -> None:
    http.configure()
    for url in (receiver.url, "https://127.0.0.1/hook", "https://localhost/", "https://[::1]/", "https://10.0.0.7:8/x"):
        with pytest.raises(webhooks.Unacceptable):
            webhooks.create(company_id=shop.company.pk, url=url)
    WebhookEndpoint.objects.create(
        company_id=shop.company.pk, url=receiver.url.replace("http:", "https:"), secret={"secret": "whsec_MDAwMDAwMDA="}
    )
    record(shop)
    work(WebhookDelivery)

    assert receiver.heard == []
    assert WebhookDelivery.objects.get().last_error


# --- the feed ---------------------------------------------------------------------------------------------------------


def in_scope(shop: Shop, action: Any) -> Any:
    def act() -> Any:
        with tenancy.company_scope(shop.company):
            return action()

    return act


def read_on(cursor: int) -> list[int]:
    return [event.pk for event in selectors.events_after(cursor)]


def test_events_restored_from_another_cluster_are_seen_at_once_and_before_new_ones(shop: Shop) -> None:
    # given a cluster that had counted far more transactions than this one
    old = [record(shop).pk for _ in range(3)]
    Event.objects.filter(pk__in=old).update(transaction_id=10**12 + F("id"))
    assert read_on(0) == []

    assert event_log.settle() == Event.objects.count()
    new = record(shop).pk
    Event.objects.filter(pk=new).update(transaction_id=1)  # its transaction has ended

    assert read_on(0)[-4:] == [*old, new]
    assert read_on(old[1]) == [old[2], new]
    assert event_log.settle() == 0


def test_a_slow_receiver_does_not_take_all_threads(real_shop: Shop, receiver: Receiver, time: Time) -> None:
    # given two endpoints, and as many calls of the first under way as may be
    slow, _secret = webhooks.create(company_id=real_shop.company.pk, url=receiver.url)
    webhooks.create(company_id=real_shop.company.pk, url=f"{receiver.url}/other")
    held, done = threading.Barrier(4), threading.Event()

    def call_under_way() -> None:  # each in a database session of its own, like a worker's thread
        with places.place(f"webhook:{slow.pk}", most=3) as is_free:
            assert is_free
            held.wait(10)
            assert done.wait(30)
        connection.close()

    others = [threading.Thread(target=call_under_way) for _ in range(3)]
    for other in others:
        other.start()
    held.wait(10)

    try:
        record(real_shop)
        work(WebhookDelivery)
        waiting = WebhookDelivery.objects.get(endpoint=slow)
        assert len(receiver.heard) == 1, "the other one's"
        assert (waiting.state, waiting.attempts) == ("waiting", 0)
    finally:
        done.set()
        for other in others:
            other.join()
    work_for(time, 3)
    assert WebhookDelivery.objects.get(endpoint=slow).state == "done"


def test_a_reader_by_cursor_misses_no_event_that_commits_late(real_shop: Shop) -> None:
    """The late one has the lower id and the *later* transaction: an id as cursor, or one guarded by the oldest
    transaction alone, would have passed it."""
    steps = [threading.Event() for _ in range(3)]
    start = selectors.latest_event_id()
    seen: list[int] = []

    def early_transaction_late_id() -> int:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_current_xact_id()")
            steps[0].set()
            assert steps[1].wait(10)
            return record(real_shop).pk

    def late_transaction_early_id() -> int:
        assert steps[0].wait(10)
        with transaction.atomic():
            event = record(real_shop)
            steps[1].set()
            assert steps[2].wait(10)
            return event.pk

    def reader() -> None:
        assert steps[1].wait(10)
        while not Event.objects.filter(pk__gt=start).exists():
            pass
        seen.extend(read_on(start))
        steps[2].set()

    low_xid, high_xid, _none = at_once(
        *[in_scope(real_shop, each) for each in (early_transaction_late_id, late_transaction_early_id, reader)]
    )
    assert high_xid < low_xid
    seen += read_on(seen[-1] if seen else start)

    assert sorted(seen) == [high_xid, low_xid]
    assert len(seen) == 2


def test_the_cursor_of_now_skips_nothing_that_is_still_open(real_shop: Shop) -> None:
    opened, looked = threading.Event(), threading.Event()

    def slow() -> int:
        with transaction.atomic():
            event = record(real_shop)
            opened.set()
            assert looked.wait(10)
            return event.pk

    def quick() -> int:
        assert opened.wait(10)
        record(real_shop)
        cursor = selectors.latest_event_id()
        looked.set()
        return cursor

    late, cursor = at_once(in_scope(real_shop, slow), in_scope(real_shop, quick))

    assert late in read_on(cursor)


def test_many_writers_and_a_reader_lose_and_repeat_nothing(real_shop: Shop) -> None:
    start = selectors.latest_event_id()
    writing = threading.Barrier(4)
    done = threading.Event()
    seen: list[int] = []

    def write() -> list[int]:
        written = []
        writing.wait(10)
        for number in range(25):
            with transaction.atomic():
                written.append(record(real_shop).pk)
                if number % 5 == 0:
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT pg_sleep(0.004)")
        return written

    def read() -> None:
        cursor = start
        while not done.is_set():
            found = read_on(cursor)
            seen.extend(found)
            cursor = found[-1] if found else cursor
        seen.extend(read_on(cursor))

    def write_and_say_so() -> list[int]:
        written = write()
        last.wait(10)
        done.set()
        return written

    last = threading.Barrier(4)
    *written, _none = at_once(*[in_scope(real_shop, each) for each in (*[write_and_say_so] * 4, read)])

    assert sorted(seen) == sorted(pk for pks in written for pk in pks)
    assert len(seen) == len(set(seen)) == 100


def test_a_cursor_whose_event_is_gone_still_leads_on(real_shop: Shop) -> None:
    gone, stays = record(real_shop), record(real_shop)
    cursor = gone.pk
    gone.delete()

    assert read_on(cursor) == [stays.pk]


def test_what_happened_long_ago_is_forgotten(shop: Shop, time: Time) -> None:
    record(shop)
    long_ago = set(Event.objects.values_list("pk", flat=True))
    time.pass_by(89 * 24 * 3600)
    later = record(shop)
    assert event_log.forget_expired() == 0

    time.pass_by(2 * 24 * 3600)

    assert event_log.forget_expired() == len(long_ago)
    assert [event.pk for event in Event.objects.all()] == [later.pk]
    assert event_log.forget_expired() == 0


def test_the_feed_can_be_narrowed_and_cut(real_shop: Shop) -> None:
    start = selectors.latest_event_id()
    for _ in range(3):
        record(real_shop, "CHAT_UPDATED")
        record(real_shop, "CHAT_DELETED")

    found = selectors.events_after(start, types=["CHAT_DELETED"], take=2)

    assert [event.type for event in found] == ["CHAT_DELETED"] * 2


def test_delivery_status_reaches_the_feed(real_shop: Shop) -> None:
    start = selectors.latest_event_id()
    real_shop.writes("Hello")
    work(InboundReceipt)
    real_shop.replies("I am here")
    work(Delivery)

    types = [event.type for event in selectors.events_after(start)]
    assert types.count("MESSAGE_CREATED") == 3, "the customer's, ours, and the note that a person has taken over"
    assert "MESSAGE_UPDATED" in types
    assert "CHAT_MODE_CHANGED" in types
