"""A company's own messenger through the whole house, with a server as its developer would write it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from conversations.models import Chat, Message
from conversations.services import outbound
from happ_project.companies.models import Company
from happ_project.core import http
from happ_project.files import services as files
from integrations.models import Integration
from messengers.models import Address, ChannelRequest, ChatMetadata, Delivery, InboundReceipt
from messengers.services import endpoints, inbox, request_log
from tests.contract.test_features import drawn
from tests.doubles.company_server import CompanyServer
from tests.messengers.stage import Person, chat_of, said, status_of
from tests.working import Time, work

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "a secret of both sides"


@pytest.fixture
def server(house: Company) -> Iterator[CompanyServer]:
    """The operator lets this one address through, as he would for a test."""
    with CompanyServer(secret=SECRET) as server:
        http.configure(allowed_private=[f"127.0.0.1:{server.port}"])
        yield server


@pytest.fixture
def address(house: Company, server: CompanyServer) -> Address:
    person = Person(house, "custom")
    person.answers(name="Shop app", endpoint=server.endpoint, secret=SECRET)
    address = person.switches_on()
    server.channel_url = endpoints.inbound_url(address)
    server.received.clear()
    return address


def test_the_endpoint_is_tried_before_anything_is_saved(house: Company, server: CompanyServer) -> None:
    person = Person(house, "custom")

    person.answers(name="Shop app", endpoint=f"{server.origin}/nowhere", secret=SECRET)
    assert "answered 404" in person.errors()
    person.answers(name="Shop app", endpoint=server.endpoint, secret=SECRET)

    assert person.switches_on().external_id.startswith("cm_")
    assert [body["to"] for body in server.received] == ["happ-test"]


@pytest.mark.parametrize(
    ("endpoint", "why"),
    [
        ("http://crm.example.com/happ", "must begin with https://"),
        ("https://127.0.0.1/happ", "We do not call this address"),
        ("https://[::1]/happ", "We do not call this address"),
        ("nonsense", "no address"),
    ],
)
def test_an_endpoint_that_we_never_call_cannot_be_saved(house: Company, endpoint: str, why: str) -> None:
    person = Person(house, "custom")

    person.answers(name="x", endpoint=endpoint, secret="")

    assert why in person.errors()
    assert all(field.name != "anyway" for field in person.step.fields)


def test_each_field_says_what_is_wrong_with_it_and_keeps_what_is_right(house: Company, server: CompanyServer) -> None:
    person = Person(house, "custom")

    person.answers(name="Shop app", endpoint="http://crm.example.com/happ", secret="short")
    wrong = {field.name: field.error for field in person.step.fields}
    person.answers(name="Shop app", endpoint=f"{server.origin}/nowhere", secret=SECRET)
    person.answers(name="Shop app", endpoint=server.endpoint, secret="")

    assert wrong == {
        "name": "",
        "endpoint": "The address must begin with https://",
        "secret": "A secret has 8 to 200 characters.",
    }
    address = person.switches_on()
    assert address.credentials["secrets"] == [SECRET], "it was given once; the form does not show it again"


@pytest.mark.parametrize(
    ("fields", "name", "why"),
    [
        ({"endpoint": "http://crm.example.com"}, "endpoint", "must begin with https://"),
        ({"endpoint": "https://192.168.1.1/happ"}, "endpoint", "leads into a private network"),
        ({"endpoint": "https://[::1]/happ"}, "endpoint", "leads into a private network"),
        ({"endpoint": "https://localhost/happ"}, "endpoint", "leads into a private network"),
        ({"endpoint": ""}, "endpoint", "This field is required."),
        ({"new_secret": "short"}, "new_secret", "8 to 200 characters"),
    ],
)
def test_a_change_that_cannot_be_is_refused_at_its_field(
    house: Company, server: CompanyServer, address: Address, fields: dict[str, str], name: str, why: str
) -> None:
    client, integration = Client(), Integration.objects.get(address=address)
    client.force_login(house.owner)

    told = client.post(f"/integrations/{integration.pk}/exchange/change/", {"endpoint": server.endpoint, **fields})

    assert told.status_code == 422
    assert why in " ".join(told.context["endpoint_form"].errors[name])
    assert Address.objects.get(pk=address.pk).config["endpoint"] == server.endpoint


def test_a_changed_endpoint_is_tried_at_once(house: Company, server: CompanyServer, address: Address) -> None:
    client, integration = Client(), Integration.objects.get(address=address)
    client.force_login(house.owner)

    client.post(f"/integrations/{integration.pk}/exchange/change/", {"endpoint": f"{server.endpoint}?v=2"})
    work(Delivery)

    assert [body["to"] for body in server.received] == ["happ-test"]


def test_a_message_and_its_answer_as_documented(server: CompanyServer, address: Address) -> None:
    told = server.customer_writes("user_42", "Hello!", metadata={"order": 17})
    work(InboundReceipt)
    message = outbound.send(chat_of(address), text="Hi there", source="AI")
    work()

    assert told.status == 200
    assert said(address) == [("User", "Hello!"), ("Assistant", "Hi there")]
    assert server.received == [
        {"to": "user_42", "text": "Hi there", "channel_id": address.external_id, "metadata": {"order": 17}}
    ]
    assert status_of(message) == "sent"


def test_the_common_address_takes_the_same(server: CompanyServer, address: Address, live_server: Any) -> None:
    url = f"{live_server.url}/webhooks/custom/{address.webhook_token}/"

    assert server.customer_writes("user_42", "Hello!", url=url).status == 200
    work(InboundReceipt)

    assert said(address) == [("User", "Hello!")]


def test_two_equal_texts_are_two_messages_and_a_repeated_id_is_one(server: CompanyServer, address: Address) -> None:
    for message_id in ("", "", "m1", "m1"):
        server.customer_writes("user_42", "ok", **({"message_id": message_id} if message_id else {}))
    work(InboundReceipt)

    assert said(address) == [("User", "ok")] * 3


def test_the_latest_metadata_comes_back_and_goes_with_the_chat(server: CompanyServer, address: Address) -> None:
    server.customer_writes("user_42", "one", metadata={"page": 1})
    server.customer_writes("user_42", "two", metadata={"page": 2})
    server.customer_writes("user_42", "three")
    server.customer_writes("user_7", "another person")
    work(InboundReceipt)
    for chat in Chat.objects.filter(integration__address=address).order_by("external_id"):
        outbound.send(chat, text="yes", source="AI")
    work()

    assert [(body["to"], body.get("metadata")) for body in server.received] == [
        ("user_42", {"page": 2}),
        ("user_7", None),
    ]


def test_a_forged_request_is_refused_and_its_content_not_kept(server: CompanyServer, address: Address) -> None:
    server.secret = "somebody else's"

    assert server.customer_writes("user_42", "let me in").status == 403

    assert not InboundReceipt.objects.exists()
    (tried,) = ChannelRequest.objects.filter(direction="in")
    assert (tried.status, tried.payload) == (403, None)


def test_what_is_wrong_is_said_to_the_developer(server: CompanyServer, address: Address) -> None:
    told = server.customer_writes("", "Hello!")

    assert told.status == 400
    assert b"sender_id" in told.answer


def test_files_travel_both_ways_by_address(server: CompanyServer, address: Address) -> None:
    picture = drawn("JPEG")
    url = server.keep_file(picture, "image/jpeg", name="p.jpg")
    server.customer_writes("user_42", "this one?", attachments=[{"url": url, "type": "image"}])
    work(InboundReceipt)
    assert Message.objects.get(chat=chat_of(address)).file.size == len(picture)

    outbound.send(chat_of(address), text="yes", file=files.store(picture, name="p.jpg"), source="AI")
    work()

    (sent,) = server.received[0]["attachments"]
    assert (sent["type"], sent["mime"], sent["size"]) == ("image", "image/jpeg", len(picture))
    assert server.fetch(sent["url"])[0] == picture


def test_every_request_is_in_the_log_without_the_secret(server: CompanyServer, address: Address, time: Time) -> None:
    server.customer_writes("user_42", f"the secret is {SECRET}")
    work(InboundReceipt)
    server.fail("/happ", "500")
    message = outbound.send(chat_of(address), text="Hi", source="AI")
    work()

    shown = [(each.direction, each.status) for each in request_log.latest(address)]
    assert shown == [("out", 500), ("in", 200)]
    assert status_of(message) == "unsure", "the server may have taken it before it failed"
    assert SECRET not in str(list(ChannelRequest.objects.values("payload", "answer", "error")))
    time.pass_by(timedelta(days=15).total_seconds())
    assert request_log.forget_old() == 2


def test_the_page_shows_the_address_the_log_and_sends_a_test(
    house: Company, server: CompanyServer, address: Address
) -> None:
    client, integration = Client(), Integration.objects.get(address=address)
    client.force_login(house.owner)
    page = client.get(f"/integrations/{integration.pk}/").content.decode()
    assert server.channel_url in page
    assert SECRET not in page

    client.post(f"/integrations/{integration.pk}/exchange/test/", headers={"HX-Request": "true"})
    work(Delivery)

    assert [body["to"] for body in server.received] == ["happ-test"]
    assert "happ-test" in client.get(f"/integrations/{integration.pk}/exchange/log/").content.decode()
    assert not Message.objects.exists(), "a test is no message of a chat"


def test_a_secret_is_changed_without_a_gap(server: CompanyServer, address: Address) -> None:
    endpoints.change(address, endpoint=server.endpoint, secret="the next secret")

    assert server.customer_writes("user_42", "still the old one").status == 200
    server.secret = "the next secret"
    assert server.customer_writes("user_42", "the new one").status == 200
    work(InboundReceipt)
    outbound.send(chat_of(address), text="signed anew", source="AI")
    work()
    assert server.received[0]["text"] == "signed anew"


def test_a_deleted_chat_leaves_nothing_behind(server: CompanyServer, address: Address) -> None:
    server.customer_writes("user_42", "forget me", metadata={"page": 1})
    work(InboundReceipt)

    inbox.forget(address.pk, ["user_42"])

    assert not ChatMetadata.objects.exists()
    assert not ChannelRequest.objects.filter(direction="in").exists()
