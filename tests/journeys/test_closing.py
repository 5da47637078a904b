"""A company that staff closes: nothing of it that has not left yet goes out any more."""

from collections.abc import Iterator

import pytest

from conversations.models import HandoffNotice, Message
from conversations.services import chats
from happ_project.companies.services import companies
from happ_project.core import http, tenancy
from integrations.models import WebhookDelivery
from integrations.services import webhooks
from messengers.models import Delivery, InboundReceipt
from tests.doubles.receiver import Receiver
from tests.journeys.shop import Shop
from tests.working import Time, work, work_for


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        http.configure(allowed_private=[receiver.address])
        yield receiver
    http.configure()


def test_what_was_queued_is_cancelled_and_stays_so_when_it_opens_again(shop: Shop, time: Time) -> None:
    shop.writes("Hello")
    work(InboundReceipt)
    shop.replies("In a minute")

    companies.close(shop.company)
    assert Message.objects.get(text="In a minute").status == "cancelled"
    companies.reopen(shop.company)
    work_for(time, 60)

    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.error, delivery.sent_at) == ("cancelled", "The company was closed.", None)


def test_what_is_queued_while_it_is_closed_does_not_go_out_either(shop: Shop, time: Time) -> None:
    shop.writes("Hello")
    work(InboundReceipt)
    companies.close(shop.company)

    shop.replies("A program that had begun before")
    work_for(time, 60)

    assert Delivery.objects.get().status == "cancelled"
    assert Message.objects.get(text="A program that had begun before").status == "cancelled"


def test_its_servers_and_its_people_are_not_told(
    shop: Shop, time: Time, receiver: Receiver, mailoutbox: list[object]
) -> None:
    webhooks.create(company_id=shop.company.pk, url=receiver.url)
    shop.writes("Hello")
    work(InboundReceipt)
    chats.set_ai(shop.chat(), False, reason="auto", why="a refund")
    with tenancy.company_scope(shop.company):
        assert WebhookDelivery.objects.exists() and HandoffNotice.objects.exists()

    companies.close(shop.company)
    work_for(time, 600)

    assert (receiver.heard, mailoutbox) == ([], [])
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"cancelled"}
    assert HandoffNotice.objects.get().state == "cancelled"
