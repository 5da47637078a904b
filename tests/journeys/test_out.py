"""The journey out: sent once, with a status that only moves forward and tells the truth."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from conversations.models import Message
from conversations.services import outbound
from happ_project.core import clock, jobs, realtime, tenancy
from integrations.models import Event
from messengers import errors, types
from messengers.adapters.whatsapp.adapter import WhatsAppAdapter
from messengers.adapters.widget.adapter import WidgetAdapter
from messengers.models import Address, Delivery, InboundReceipt
from messengers.services import addresses, delivering, inbox, outbox
from tests.journeys.number import PHONE, Number, only_delivery, status_of
from tests.journeys.shop import Shop
from tests.working import Time, at_once, due, work, work_for

NOWHERE = "http://127.0.0.1:9/api"


# --- status -----------------------------------------------------------------------------------------------------------


def test_a_message_gets_further_step_by_step(number: Number) -> None:
    message = number.sends("At nine")
    assert status_of(message) == "queued"

    work(Delivery)
    assert status_of(message) == "sent"
    (sent,) = number.double.sent
    number.reports(sent, "delivered")  # the id is asked for, as only WaSender's own number is known so far
    work_for_reports(number)
    assert status_of(message) == "delivered"
    number.reports(sent, "read")

    assert status_of(message) == "read"
    assert Message.objects.get(pk=message.pk).external_id == sent.key_id
    told = Event.objects.filter(type="MESSAGE_UPDATED", payload__message__id=str(message.pk)).order_by("id")
    statuses = [event.payload["message"]["status"] for event in told]
    assert list(dict.fromkeys(statuses)) == ["sent", "delivered", "read"]


def test_it_shows_while_the_messenger_is_asked(
    number: Number, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    message, send = number.sends("At nine"), WhatsAppAdapter.send
    meanwhile: list[str] = []
    hints: list[Any] = []
    monkeypatch.setattr(realtime, "push", lambda topic, payload: hints.append(payload))

    def look(self: WhatsAppAdapter, outgoing: types.OutgoingMessage) -> types.Sent:
        meanwhile.append(status_of(message))
        return send(self, outgoing)

    monkeypatch.setattr(WhatsAppAdapter, "send", look)
    with django_capture_on_commit_callbacks(execute=True):
        work(Delivery)

    assert meanwhile == ["sending"]
    assert status_of(message) == "sent"
    begun = next(hint for hint in hints if hint["type"] == "MESSAGE_SENDING")
    assert begun["chatId"] == str(message.chat_id)
    assert begun["data"] == {"messageId": str(message.pk), "status": "sending"}


def test_a_long_message_of_which_a_part_is_gone_does_not_go_back_to_waiting(number: Number, time: Time) -> None:
    message = number.sends("word " * 1_200)
    (first, *_others) = due(Delivery)
    jobs.run(first._meta.label, first.pk, first.company_id)  # type: ignore[attr-defined]

    assert number.accepted != []
    assert Delivery.objects.filter(status="queued").exists()
    assert status_of(message) == "sending"


def work_for_reports(number: Number) -> None:
    """Reports that came before we knew the message's id are looked at again after some seconds."""
    InboundReceipt.objects.filter(state="waiting").update(run_at=clock.now())
    work(InboundReceipt)


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        (["read", "delivered", "sent"], "read"),
        (["delivered", "sent"], "delivered"),
        (["delivered", "failed"], "delivered"),
        (["failed"], "failed"),
        (["failed", "delivered"], "delivered"),
        (["sent", "sent"], "sent"),
    ],
)
def test_reports_in_any_order_move_it_forward_only(number: Number, reported: list[str], expected: str) -> None:
    message = number.sends("At nine")
    work(Delivery)
    (sent,) = number.double.sent
    for status in reported:
        number.reports(sent, status)
        work_for_reports(number)

    assert status_of(message) == expected
    assert only_delivery().status == expected


@pytest.mark.parametrize("known", list(delivering._RANK))
@pytest.mark.parametrize("status", ["sent", "delivered", "read", "failed", "unsure"])
def test_no_status_ever_goes_back(known: str, status: str) -> None:
    order = ["queued", "sending", "sent", "delivered", "read"]
    if known in order and status in order:
        assert delivering.is_news(known, status) is (order.index(status) > order.index(known))
    if known in ("delivered", "read"):
        assert not delivering.is_news(known, "failed")
    if known == "cancelled":
        assert not delivering.is_news(known, status)


def test_what_was_accepted_and_then_failed_shows_why(number: Number) -> None:
    message = number.sends("At nine")
    work(Delivery)
    (sent,) = number.double.sent
    number.reports(sent, "failed", error="the number does not exist")
    work_for_reports(number)

    shown = Message.objects.get(pk=message.pk)
    assert (shown.status, shown.status_detail) == ("failed", "the number does not exist")


def test_a_person_can_send_again_what_failed_and_only_that_counts(number: Number, time: Time) -> None:
    message = number.sends("At nine")
    work(Delivery)
    (first,) = number.double.sent
    number.reports(first, "failed")
    work_for_reports(number)

    assert outbound.retry(message.pk)
    assert status_of(message) == "queued"
    work_for(time, 1)
    second = number.double.sent[-1]
    number.reports(second, "delivered")
    work_for_reports(number)

    assert number.accepted == ["At nine", "At nine"]
    assert status_of(message) == "delivered"
    assert only_delivery().external_id == second.key_id


def test_what_is_on_its_way_cannot_be_sent_again(number: Number) -> None:
    message = number.sends("At nine")
    work(Delivery)

    assert not outbound.retry(message.pk)
    work(Delivery)
    assert number.accepted == ["At nine"]


# --- parts ------------------------------------------------------------------------------------------------------------

LONG = "a" * 4000 + " " + "b" * 4000 + " " + "c" * 100


def test_a_long_text_goes_in_parts_in_order(number: Number, time: Time) -> None:
    message = number.sends(LONG)
    work_for(time, 5)

    assert [text[0] for text in number.accepted] == ["a", "b", "c"]
    assert status_of(message) == "sent"


def test_the_message_is_as_far_as_its_slowest_part(number: Number, time: Time) -> None:
    message = number.sends(LONG)
    work_for(time, 5)
    first, second, third = number.double.sent

    for sent in (second, third):
        number.reports(sent, "delivered")
        work_for_reports(number)
        assert status_of(message) == "sent"
    number.reports(first, "delivered")
    work_for_reports(number)
    assert status_of(message) == "delivered"


def test_a_part_that_failed_shows_on_the_message_and_only_it_is_sent_again(number: Number, time: Time) -> None:
    message = number.sends(LONG)
    work(Delivery)  # the first part; the second waits for the pace
    number.double.fail("/send-message", "422", body={"message": "no"})
    work_for(time, 5)
    assert status_of(message) == "failed"

    outbound.retry(message.pk)
    work_for(time, 5)
    assert [text[0] for text in number.accepted] == ["a", "c", "b"]
    assert status_of(message) == "sent"


def test_reports_of_two_parts_at_the_same_moment_are_both_counted(real_number: Number) -> None:
    # each would find the other part still undelivered, and nobody would tell that all are
    for round_ in range(4):
        message = real_number.sends(f"{LONG} {round_}")
        Delivery.objects.filter(message_ref=message.pk).update(status="sent", state="done")
        Message.objects.filter(pk=message.pk).update(status="sent")
        parts = list(Delivery.objects.of_message(message.pk))
        for part in parts:
            Delivery.objects.filter(pk=part.pk).update(external_id=f"{round_} {part.part}")

        def report(part: Delivery, round_: int = round_) -> None:
            with tenancy.company_scope(real_number.company):
                event = types.ReceiptReceived(
                    dedup_key=f"{part.pk}", chat_id=PHONE, message_id=f"{round_} {part.part}", status="delivered"
                )
                inbox.accept(real_number.address, [event])
                (row,) = InboundReceipt.objects.filter(dedup_key=f"{part.pk}")
                jobs.run(row._meta.label, row.pk, real_number.company.pk)

        at_once(*[lambda part=part: report(part) for part in parts])

        assert status_of(message) == "delivered"


# --- once -------------------------------------------------------------------------------------------------------------


def killed_while_sending(delivery: Delivery, time: Time) -> None:
    claimed = jobs.claim(Delivery, delivery.pk)
    delivering.set_status(claimed, "sending")
    time.pass_by(jobs.LEASE.total_seconds())


def test_a_worker_killed_while_sending_leaves_it_unsure_and_nobody_sends_it_twice(number: Number, time: Time) -> None:
    message = number.sends("At nine")
    killed_while_sending(only_delivery(), time)
    work(Delivery)

    assert status_of(message) == "unsure"
    assert number.accepted == []


def test_where_sending_twice_does_no_harm_it_is_simply_sent_again(
    shop: Shop, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed: list[Any] = []
    monkeypatch.setattr(WidgetAdapter, "_push", lambda self, visitor, payload: pushed.append(payload))
    shop.writes("Hello")
    work(InboundReceipt)
    message = shop.replies("I am here")
    assert message is not None
    killed_while_sending(only_delivery(), time)
    work(Delivery)

    assert status_of(message) == "sent"
    assert [each["message"]["id"] for each in pushed if each["type"] == "message"] == [str(message.pk)]


def test_an_unclear_end_is_unsure_and_the_echo_settles_it(number: Number, time: Time) -> None:
    number.double.fail("/send-message", "accept+reset")
    message = number.sends("At nine")
    work(Delivery)
    assert status_of(message) == "unsure"

    number.echoes("At nine", message_id=number.double.sent[0].key_id)
    work_for(time, 10)

    assert status_of(message) == "sent"
    assert number.said(PHONE) == ["customer: Hello", "ai: At nine"]
    assert number.chat(PHONE).ai_on
    assert number.accepted == ["At nine"]


def test_an_echo_that_is_faster_than_the_answer_is_ours(
    number: Number, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    # WaSender hangs for twenty seconds, WhatsApp has shown the message long before
    def hang(self: WhatsAppAdapter, message: types.OutgoingMessage) -> types.Sent:
        number.echoes("At nine", message_id="WA1")
        work(InboundReceipt)
        raise errors.Unsure("timed out")

    monkeypatch.setattr(WhatsAppAdapter, "send", hang)
    message = number.sends("At nine")
    work_for(time, 10)

    assert status_of(message) == "sent"
    assert only_delivery().external_id == "WA1"
    assert number.said(PHONE) == ["customer: Hello", "ai: At nine"]
    assert number.chat(PHONE).ai_on


def test_what_came_first_from_elsewhere_is_not_put_back_by_the_answer(
    number: Number, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(self: WhatsAppAdapter, message: types.OutgoingMessage) -> types.Sent:
        number.echoes("At nine", message_id="WA1")
        work(InboundReceipt)
        event = types.ReceiptReceived(dedup_key="r", chat_id=PHONE, message_id="WA1", status="read")
        inbox.accept(number.address, [event])
        work(InboundReceipt)
        return types.Sent(message_id="", provider_ref="100001")

    monkeypatch.setattr(WhatsAppAdapter, "send", slow)
    message = number.sends("At nine")
    work(Delivery)

    settled = only_delivery()
    assert (settled.status, settled.external_id, settled.provider_ref) == ("read", "WA1", "100001")
    assert status_of(message) == "read"


def test_an_own_echo_is_known_by_its_id_whatever_became_of_the_words(number: Number, time: Time) -> None:
    message = number.sends("At *nine*")
    work(Delivery)
    (sent,) = number.double.sent

    number.echoes("At nine", message_id=sent.key_id)
    work_for(time, 10)

    assert number.said(PHONE) == ["customer: Hello", "ai: At *nine*"]
    assert Message.objects.get(pk=message.pk).external_id == sent.key_id
    assert number.chat(PHONE).ai_on


def test_an_own_echo_is_ours_even_when_the_messenger_cannot_be_asked_for_the_id(
    number: Number, time: Time, settings: Any
) -> None:
    number.sends("At nine")
    work(Delivery)
    settings.PROVIDER_SETTINGS = {**settings.PROVIDER_SETTINGS, "WASENDER_BASE_URL": NOWHERE}

    number.echoes("At nine", message_id=number.double.sent[0].key_id)
    work_for(time, 10)

    assert number.said(PHONE) == ["customer: Hello", "ai: At nine"]
    assert number.chat(PHONE).ai_on


def test_other_words_on_the_phone_are_a_persons_also_while_ours_are_unsure(number: Number, time: Time) -> None:
    number.double.fail("/send-message", "accept+reset")
    number.sends("At nine")
    work(Delivery)

    number.echoes("Come at ten", message_id="typed")
    work_for(time, 10)

    assert "person: Come at ten" in number.said(PHONE)
    assert not number.chat(PHONE).ai_on


def test_two_of_the_same_words_have_an_echo_each(number: Number, time: Time) -> None:
    number.double.fail("/send-message", "accept+reset", times=2)
    first, second = number.sends("Yes"), number.sends("Yes")
    work_for(time, 2)
    assert [status_of(first), status_of(second)] == ["unsure", "unsure"]

    one, two = number.double.sent
    number.echoes("Yes", message_id=one.key_id)
    work(InboundReceipt)
    assert [status_of(first), status_of(second)] == ["sent", "unsure"]
    number.echoes("Yes", message_id=two.key_id)
    work(InboundReceipt)

    assert [status_of(first), status_of(second)] == ["sent", "sent"]
    assert number.chat(PHONE).ai_on


def test_a_person_who_has_looked_may_send_an_unsure_one_again(number: Number, time: Time) -> None:
    number.double.fail("/send-message", "accept+500")
    message = number.sends("At nine")
    work(Delivery)
    assert status_of(message) == "unsure"

    outbound.retry(message.pk)
    work_for(time, 1)

    assert number.accepted == ["At nine", "At nine"]
    assert status_of(message) == "sent"


def test_the_same_client_key_sends_once(number: Number) -> None:
    first = number.sends("At nine", client_key="k1")
    again = number.sends("At nine", client_key="k1")

    assert again == first
    assert Delivery.objects.count() == 1


def test_the_same_client_key_at_the_same_moment_sends_once(real_number: Number) -> None:
    def press() -> Any:
        with tenancy.company_scope(real_number.company):
            return real_number.sends("At nine", client_key="k1").pk

    assert len(set(at_once(*[press] * 5))) == 1
    assert Delivery.objects.count() == 1


# --- taken back -------------------------------------------------------------------------------------------------------


def test_a_delivery_that_was_taken_back_just_before_sending_is_not_sent(number: Number) -> None:
    message = number.sends("At nine")
    claimed = jobs.claim(Delivery, only_delivery().pk)
    outbox.cancel(Delivery.objects.all(), reason="switched off")

    with pytest.raises(jobs.LostLease):
        outbox.deliver(claimed)

    assert number.accepted == []
    assert status_of(message) == "cancelled"


def test_a_worker_that_lost_its_lease_before_sending_does_not_send(number: Number, time: Time) -> None:
    number.sends("At nine")
    slow = jobs.claim(Delivery, only_delivery().pk)
    time.pass_by(jobs.LEASE.total_seconds())
    work(Delivery)

    with pytest.raises(jobs.LostLease):
        outbox.deliver(slow)

    assert number.accepted == ["At nine"]


def test_what_is_being_sent_is_not_taken_back(number: Number, time: Time) -> None:
    message = number.sends("At nine")
    claimed = jobs.claim(Delivery, only_delivery().pk)
    delivering.set_status(claimed, "sending")

    assert outbox.cancel(Delivery.objects.all(), reason="switched off") == 0
    assert status_of(message) == "queued"


def test_a_fault_of_ours_shows_on_the_message(number: Number, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Any, message: Any) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(WhatsAppAdapter, "refuse_unsupported", fail)
    message = number.sends("At nine")
    work_for(time, 3600)

    shown = Message.objects.get(pk=message.pk)
    assert (shown.status, shown.status_detail) == ("failed", "It failed on our side.")


# --- limits and failures ----------------------------------------------------------------------------------------------


def test_a_limit_is_waited_for_and_holds_the_whole_number(number: Number, time: Time) -> None:
    number.knows("380509998877")
    number.double.fail("/send-message", "429", headers={"Retry-After": "30"})
    first, other = number.sends("one"), number.sends("two", by="380509998877")
    work_for(time, 29)
    assert number.accepted == []
    assert [status_of(first), status_of(other)] == ["queued", "queued"]

    work_for(time, 5)
    assert sorted(number.accepted) == ["one", "two"]
    assert Delivery.objects.get(message_ref=first.pk).attempts == 1, "waiting for a limit is no failure"


def test_order_within_a_chat_holds_through_a_failure(number: Number, time: Time) -> None:
    number.double.fail("/send-message", "429", headers={"Retry-After": "10"})
    for text in ("one", "two", "three"):
        number.sends(text)
    work_for(time, 30)

    assert number.accepted == ["one", "two", "three"]


def test_a_messenger_that_cannot_be_reached_is_tried_for_a_while(number: Number, time: Time, settings: Any) -> None:
    right = settings.PROVIDER_SETTINGS
    settings.PROVIDER_SETTINGS = {**right, "WASENDER_BASE_URL": NOWHERE}
    message = number.sends("At nine")
    work_for(time, 60)
    assert status_of(message) == "queued"

    settings.PROVIDER_SETTINGS = right
    work_for(time, 60)
    assert status_of(message) == "sent"


def test_a_messenger_that_stays_away_is_a_failure_that_people_see(number: Number, time: Time, settings: Any) -> None:
    settings.PROVIDER_SETTINGS = {**settings.PROVIDER_SETTINGS, "WASENDER_BASE_URL": NOWHERE}
    message = number.sends("At nine")
    work_for(time, 3600)

    assert status_of(message) == "failed"


def test_an_endless_limit_ends_after_a_day(number: Number, time: Time) -> None:
    number.double.fail("/send-message", "429", times=50, headers={"Retry-After": "3600"})
    message = number.sends("At nine")
    work_for(time, 26 * 3600)

    shown = Message.objects.get(pk=message.pk)
    assert (shown.status, shown.status_detail) == ("failed", "It could not be sent for a day.")


def test_a_dead_login_stops_the_queue_and_a_new_one_starts_it_in_order(number: Number, time: Time) -> None:
    right, number.session.api_key = number.session.api_key, "00" * 32
    messages = [number.sends(text) for text in ("one", "two")]
    work_for(time, 120)
    address = number.address
    assert address.state == "login_required"
    assert {status_of(message) for message in messages} == {"queued"}
    assert Event.objects.filter(type="INTEGRATION_CHANGED", payload__state="login_required").count() == 1

    number.session.api_key = right
    addresses.set_state(address, "connected")
    work_for(time, 2)
    assert number.accepted == ["one", "two"]


def test_what_the_channel_does_not_take_is_refused_before_anything_is_stored(number: Number) -> None:
    with pytest.raises(outbound.NotSendable):
        number.sends("   ")
    assert not Delivery.objects.exists()


# --- the pace ---------------------------------------------------------------------------------------------------------


def test_a_protected_number_sends_one_message_each_five_seconds(number: Number, time: Time) -> None:
    Address.objects.filter(pk=number.integration.address_id).update(config={"account_protection": True})
    number.session.account_protection = True
    customers = ["380501", "380502", "380503"]
    number.knows(*[f"{customer}000000" for customer in customers])
    for customer in customers:
        number.sends(customer, by=f"{customer}000000")

    for expected in (1, 2, 3):
        work_for(time, 4.9)
        assert len(number.accepted) == expected
        time.pass_by(0.1)
    assert number.double.calls["send_message"] == 3, "the limit was never touched"


def test_slots_are_given_to_two_workers_at_the_same_moment_one_after_the_other(real_number: Number) -> None:
    customers = [f"38050{i}000000" for i in range(5)]
    real_number.knows(*customers)
    for customer in customers:
        real_number.sends("Hi", by=customer)
    rows = due(Delivery)

    def slot(row: Any) -> Any:
        with tenancy.company_scope(real_number.company):
            delivery = jobs.claim(Delivery, row.pk)
            now = clock.now()
            address = Address.objects.get(pk=delivery.address_id)
            return outbox._take_slot(address, WhatsAppAdapter.capabilities.pacing, now)

    slots = sorted(at_once(*[lambda row=row: slot(row) for row in rows]))

    apart = [later - earlier for earlier, later in itertools.pairwise(slots)]
    assert len(slots) == 5
    assert all(gap >= timedelta(seconds=5) for gap in apart)


# --- what customers see of it -----------------------------------------------------------------------------------------


def test_a_report_that_overtakes_the_end_of_sending_counts_in_the_end(shop: Shop, time: Time) -> None:
    shop.writes("Hello")
    work(InboundReceipt)
    message = shop.replies("I am here")
    assert message is not None
    event = types.ReceiptReceived(dedup_key="r", chat_id="olena", message_id=str(message.pk), status="delivered")
    inbox.accept(shop.address, [event])
    work(InboundReceipt)
    work(Delivery)
    assert status_of(message) == "sent"

    work_for(time, 5)
    assert status_of(message) == "delivered"
