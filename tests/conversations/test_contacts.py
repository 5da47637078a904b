"""The record of a customer: told to the assistant, noted by it where it may, edited by people and programs."""

import json
import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from conversations.models import AiTurn, Chat, ContactField
from conversations.services import contacts, tool_calls
from messengers.models import InboundReceipt
from tests import factories
from tests.doubles.model import ModelServer
from tests.doubles.model import Reply as Says
from tests.journeys.shop import Shop
from tests.speaking import model, shop
from tests.working import work

__all__ = ["model", "shop"]

pytestmark = pytest.mark.django_db(transaction=True)

CITY = {"name": "delivery_city", "description": "Where to deliver", "ai_may_write": True}
TIER = {"name": "tier", "description": "gold or silver", "ai_may_write": False}


@pytest.fixture(autouse=True)
def fields(shop: Shop) -> None:
    contacts.define(shop.company.pk, [CITY, TIER])


def written(shop: Shop) -> dict[str, str] | None:
    return shop.chat().contact


def tool(model: ModelServer, name: str) -> dict[str, Any] | None:
    tools = [each["function"] for each in model.requests[0].body["tools"]]
    return next((each for each in tools if each["name"] == name), None)


def test_the_assistant_notes_what_it_may(shop: Shop, model: ModelServer) -> None:
    told = {"email": "olena@example.com", "delivery_city": " Lviv "}
    model.script(Says(tool="saveContact", arguments=told), Says(text="Noted!"))

    shop.writes("I am in Lviv, olena@example.com")
    work()

    assert written(shop) == {"email": "olena@example.com", "delivery_city": "Lviv"}
    assert shop.said()[-1] == "ai: Noted!"
    offered = tool(model, "saveContact")
    assert offered is not None
    assert set(offered["parameters"]["properties"]) == {"name", "phone", "email", "delivery_city"}


def test_what_a_person_writes_while_the_assistant_thinks_stands(shop: Shop) -> None:
    shop.writes("I am in Lviv, olena@example.com")
    work(InboundReceipt)
    chat, turn = shop.chat(), AiTurn.objects.get()
    scene = tool_calls.scene(chat, turn)

    contacts.write(chat, {"delivery_city": "Odesa"})
    scene.noted = {"delivery_city": "Lviv", "email": "olena@example.com"}
    tool_calls.keep(chat, turn, scene)

    assert written(shop) == {"delivery_city": "Odesa", "email": "olena@example.com"}


@pytest.mark.parametrize(
    "told", [{"tier": "gold"}, {"email": "nowhere"}, {}], ids=["not allowed", "no address", "none"]
)
def test_what_it_may_not_or_cannot_is_not_noted(shop: Shop, model: ModelServer, told: dict[str, str]) -> None:
    model.script(Says(tool="saveContact", arguments=told), Says(text="I am sorry."))

    shop.writes("make me gold")
    work()

    assert written(shop) is None
    last = [json.loads(line["content"]) for line in model.requests[1].body["messages"] if line["role"] == "tool"]
    assert last[0]["ok"] is False


def test_it_knows_the_record(shop: Shop, model: ModelServer) -> None:
    factories.make_message(factories.make_chat(shop.company, integration=shop.integration, external_id="olena"), "Hi")
    chat = shop.chat()
    chat.assistant, chat.phone = shop.assistant, "+380671112233"
    chat.save()
    contacts.write(chat, {"tier": "gold"})
    model.script(Says(tool="getContact"), Says(text="Hello!"))

    shop.writes("hello?")
    work()

    known = {"phone": "+380671112233", "tier": "gold"}
    system = model.requests[0].body["messages"][0]["content"]
    assert f"do not ask for it again): {json.dumps(known)}" in system
    last = [json.loads(line["content"]) for line in model.requests[1].body["messages"] if line["role"] == "tool"]
    assert last[0]["result"] == known


def test_an_owner_may_forbid_it_all(shop: Shop, model: ModelServer) -> None:
    contacts.define(shop.company.pk, [{"name": name, "ai_may_write": False} for name in ("name", "phone", "email")])

    shop.writes("hello?")
    work()

    assert tool(model, "saveContact") is None
    assert tool(model, "getContact") is not None


@pytest.mark.parametrize(
    "rows", [[{"name": "Місто"}], [{"name": "a b"}], [CITY, CITY], [{"name": f"f{i}"} for i in range(31)]]
)
def test_fields_that_cannot_be_are_refused(shop: Shop, rows: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        contacts.define(shop.company.pk, rows)
    assert list(ContactField.objects.order_by("position").values_list("name", flat=True)) == ["delivery_city", "tier"]


def test_people_see_and_correct_it_beside_the_chat(shop: Shop, client: Client) -> None:
    chat = factories.make_chat(shop.company, integration=shop.integration)
    contacts.write(chat, {"tier": "gold", "email": "a@example.com"})
    client.force_login(shop.company.owner)

    assert 'value="gold"' in client.get(f"/chats/{chat.pk}/").content.decode()
    client.post(f"/chats/{chat.pk}/contact/", {"contact-tier": "silver", "contact-email": "", "contact-odd": "x"})

    assert Chat.objects.get(pk=chat.pk).contact == {"tier": "silver"}


def test_each_reader_sees_the_fields_in_words(shop: Shop, client: Client) -> None:
    chat = factories.make_chat(shop.company, integration=shop.integration)
    client.force_login(shop.company.owner)

    assert (
        "Номер телефону</span>" in client.get(f"/chats/{chat.pk}/", headers={"accept-language": "uk"}).content.decode()
    )
    assert "Phone number</span>" in client.get(f"/chats/{chat.pk}/", headers={"accept-language": "en"}).content.decode()


def test_a_wrong_address_is_said_at_its_field_and_nothing_that_was_typed_is_lost(shop: Shop, client: Client) -> None:
    chat = factories.make_chat(shop.company, integration=shop.integration)
    client.force_login(shop.company.owner)

    said = client.post(f"/chats/{chat.pk}/contact/", {"contact-email": "nowhere", "contact-tier": "gold"})

    page = said.content.decode()
    assert re.findall(r'id="contact-(\w+)-error".*?<span>([^<]+)</span>', page, re.DOTALL) == [
        ("email", "This is no e-mail address.")
    ]
    assert ('value="nowhere"' in page, 'value="gold"' in page) == (True, True)
    assert Chat.objects.get(pk=chat.pk).contact is None


def test_the_owner_keeps_the_list(shop: Shop, client: Client) -> None:
    client.force_login(shop.company.owner)
    rows = [("email", ""), ("birthday", "When to congratulate")]
    form = {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0"}
    for number, (name, description) in enumerate(rows):
        form |= {f"form-{number}-name": name, f"form-{number}-description": description}

    assert client.post("/chats/contact-fields/", form).status_code == 302
    assert [(row.name, row.ai_may_write) for row in contacts.fields()] == [
        ("name", True),
        ("phone", True),
        ("email", False),
        ("birthday", False),
    ]
    refused = client.post("/chats/contact-fields/", {**form, "form-1-name": "Birth day"})
    assert (refused.status_code, "is no name" in refused.content.decode()) == (422, True)


def test_programs_read_and_write_it(shop: Shop) -> None:
    chat = factories.make_chat(shop.company, integration=shop.integration)
    client = Client(headers={"x-access-token": factories.make_access_token(shop.company)})
    address = f"/api/chats/{chat.pk}"

    changed = client.patch(address, {"contact": {"tier": "gold"}}, content_type="application/json")
    refused = client.patch(address, {"contact": {"unheard": "x"}}, content_type="application/json")

    assert changed.json()["contact"] == {"tier": "gold"}
    assert client.get(address).json()["contact"] == {"tier": "gold"}
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["unheard"])
