"""How many statements each of the three journeys sends, and how many transactions of them write: one more is a cost
that every message pays.

Who needs another one raises the number and says here for what. A transaction that writes waits for the disk.
"""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.models import AiTurn
from conversations.services import watching
from happ_project.core import jobs
from messengers.models import Delivery, DeliveryCheck, InboundReceipt
from tests.journeys.number import PHONE, Number
from tests.journeys.shop import Shop
from tests.working import Time, due, work


@pytest.fixture
def answered(shop: Shop, time: Time, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A shop whose assistant says what it is told, and Olena was answered once: nothing is asked for the first time."""
    monkeypatch.setattr(watching, "_LOOK_AGAIN", 3_600)  # a slow machine looks again while it thinks
    shop.assistant.model = "scripted"
    shop.assistant.save()
    shop.writes("Hello")
    work(InboundReceipt)
    time.pass_by(5)
    work()
    time.pass_by(60)
    yield shop


def statements_of(kind: type[jobs.Job]) -> list[str]:
    """What is sent while the one due row of this kind is worked."""
    (row,) = due(kind)
    with CaptureQueriesContext(connection) as queries:
        assert jobs.run(row._meta.label, row.pk, row.company_id) == 1  # type: ignore[attr-defined]
    return [" ".join(query["sql"].split())[:110] for query in queries]


def writing(sent: list[str]) -> int:
    """How many transactions that write these statements are; what is a savepoint here is one in the running product."""
    found, depth, wrote = 0, 0, False
    for sql in sent:
        if sql.startswith("SAVEPOINT"):
            depth += 1
        elif sql.startswith("RELEASE"):
            depth -= 1
        else:
            wrote = wrote or sql.startswith(("INSERT", "UPDATE", "DELETE", "WITH"))
        if depth == 0:
            found, wrote = found + wrote, False
    return found


def test_a_message_of_a_known_customer_costs_nine_statements(answered: Shop) -> None:
    answered.writes("Do you have bread?")
    work(InboundReceipt)
    answered.writes("Without gluten?")

    # the claim; the transaction's two; the chat with all that hangs on it; the message; the event; the chat's columns;
    # the turn that is pushed back; the row's end
    assert len(sent := statements_of(InboundReceipt)) == 9, sent
    assert writing(sent) == 2


def test_a_message_of_a_new_customer_costs_eighteen_statements(answered: Shop) -> None:
    answered.writes("Do you have bread?")  # with it is noted what is noted of a channel once a minute
    work(InboundReceipt)
    answered.writes("Hello", by="ivan")

    # the same, and: the integration, its lock, the name's lock, two looks by the name, the new chat, reading it under
    # its lock, its event, and the turn that is no other's
    assert len(sent := statements_of(InboundReceipt)) == 18, sent


def test_a_turn_of_the_ai_costs_twenty_four_statements_and_its_delivery(answered: Shop, time: Time) -> None:
    for text in ("Do you have bread", "without gluten?"):
        answered.writes(text)
        work(InboundReceipt)
    time.pass_by(5)

    # before it speaks: the claim, the chat, what is unanswered, what came since, the answers of the hour, the history,
    # the fields of the customer's record, the version, what is told whole, the company's model, tools and their
    # servers, if anything is known, the book; then under the chat's lock: what came since, what is handled, the
    # message, its event, the list, the delivery, which is carried out along with it, because the widget is ours
    assert len(sent := statements_of(AiTurn)) == 24 + 11, "\n".join(sent)
    # the claim, the book of uses, the answer; the delivery's claim, "sending", its end
    assert writing(sent) == 6


def test_a_delivery_costs_eleven_statements(answered: Shop) -> None:
    answered.replies("We have.")

    # the claim, the address, "sending"; the transaction's two; the message held, how it ended with the row's end; the
    # chat's message, whether its id is free, its status, the event
    assert len(sent := statements_of(Delivery)) == 11, sent


def test_a_delivery_at_a_messengers_pace_costs_two_more(number: Number, time: Time) -> None:
    number.sends("Hello")
    work(Delivery)
    number.sends("We are open")
    time.pass_by(60)

    # the slot, and that it is on its way; the check of its id is instead of the look whether that is free
    assert len(sent := statements_of(Delivery)) == 13, sent
    assert writing(sent) == 5


def test_a_delivery_that_has_to_wait_for_its_turn_costs_four_statements(number: Number) -> None:
    number.sends("Hello")
    work(Delivery)
    number.sends("We are open")

    # the claim, the address, the slot, back to wait
    assert len(sent := statements_of(Delivery)) == 4, sent


def test_asking_for_the_id_of_a_message_costs_eleven_statements(number: Number, time: Time) -> None:
    number.sends("Hello")
    work(Delivery)
    time.pass_by(11)

    # the claim, the delivery; the transaction's two; the message held, how it stands; the chat's message, whether its
    # id is free, its columns, the event; the row's end
    assert len(sent := statements_of(DeliveryCheck)) == 11, sent
    assert writing(sent) == 2


def test_the_way_of_a_message_until_the_id_of_its_answer_is_known(
    number: Number, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_LOOK_AGAIN", 3_600)
    number.assistant.model = "scripted"
    number.assistant.save()
    for _ in range(2):  # the first time some things are asked once
        with CaptureQueriesContext(connection) as intake:
            number.writes("Do you have bread?", by=PHONE)
        received = statements_of(InboundReceipt)
        time.pass_by(5)
        answered = statements_of(AiTurn)
        delivered = statements_of(Delivery)
        time.pass_by(20)
        checked = statements_of(DeliveryCheck)

    sent = [*(query["sql"] for query in intake), *received, *answered, *delivered, *checked]
    assert (len(sent), writing(sent)) == (62, 13), "\n".join(sent)
