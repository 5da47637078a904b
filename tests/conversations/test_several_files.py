"""Several files at once: an album where the messenger has albums, else one message after the other; all or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conversations.models import Message
from conversations.services import outbound, several
from happ_project.companies.models import Company, User
from happ_project.files import services as files
from happ_project.files.models import StoredFile
from messengers.models import Delivery
from tests import factories
from tests.contract.test_features import drawn
from tests.conversations.conftest import ChatOn

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(company: Company) -> Callable[..., Any]:
    key = factories.make_access_token(company)

    def post(**body: Any) -> Any:
        body = {"source": "API", "role": "Assistant", "type": "Photo", **body}
        return Client().post("/api/messages", body, "application/json", headers={"X-Access-Token": key})

    return post


def pictures(number: int) -> list[StoredFile]:
    return [files.store(drawn("PNG") + bytes([i]), name=f"cake {i}.png") for i in range(number)]


def queued() -> list[tuple[str, str, bool]]:
    """Text, file and whether it belongs to an album, in the order of sending."""
    return [
        (row.payload["text"], row.payload.get("attachment", {}).get("name", ""), "album" in row.payload)
        for row in Delivery.objects.order_by("id")
    ]


def test_where_there_are_albums_they_go_as_one_with_the_text_first(chat_on: ChatOn) -> None:
    several.send(chat_on("telegram"), files=pictures(2), text="look")

    assert queued() == [("look", "cake 0.png", True), ("", "cake 1.png", True)]
    assert len({row.payload["album"] for row in Delivery.objects.all()}) == 1


def test_elsewhere_each_is_a_message_of_its_own(chat_on: ChatOn) -> None:
    written = several.send(chat_on("whatsapp"), files=pictures(2), text="look")

    assert queued() == [("look", "cake 0.png", False), ("", "cake 1.png", False)]
    assert [message.text for message in written] == ["look", ""]


def test_words_that_cannot_go_with_a_file_follow_the_last_one(chat_on: ChatOn) -> None:
    several.send(chat_on("facebook"), files=pictures(2), text="look")

    assert queued() == [("", "cake 0.png", False), ("", "cake 1.png", False), ("look", "", False)]


def test_what_people_do_not_see_as_one_is_not_sent_as_one(chat_on: ChatOn) -> None:
    paper = files.store(b"%PDF-1.4 prices", name="prices.pdf")
    one, two = pictures(2)

    several.send(chat_on("telegram"), files=[one, two, paper])

    assert queued() == [("", "cake 0.png", True), ("", "cake 1.png", True), ("", "prices.pdf", False)]


def test_one_file_that_is_refused_keeps_all_of_them_back_and_is_named(chat_on: ChatOn) -> None:
    odd = files.store(b"\x7fELF" + bytes(64), name="tool.bin")

    with pytest.raises(outbound.NotSendable, match=r"tool\.bin: Instagram does not take"):
        several.send(chat_on("instagram"), files=[*pictures(1), odd])

    assert not Delivery.objects.exists()
    assert not Message.objects.filter(role="Assistant").exists()


def test_the_same_key_sends_once(chat_on: ChatOn) -> None:
    chat, made = chat_on("whatsapp"), pictures(3)

    first = several.send(chat, files=made, text="look", client_key="k")
    again = several.send(chat, files=made, text="look", client_key="k")

    assert [message.pk for message in again] == [message.pk for message in first]
    assert Delivery.objects.count() == 3


@pytest.mark.parametrize("kind", ["whatsapp", "instagram"])
def test_a_command_beside_files_is_obeyed_and_nothing_is_sent(chat_on: ChatOn, kind: str) -> None:
    chat = chat_on(kind)

    assert several.send(chat, files=pictures(2), text="/bot off") == []
    assert not Delivery.objects.exists()


def test_the_composer_sends_what_was_chosen(chat_on: ChatOn, alice: User) -> None:
    chat, browser = chat_on("telegram"), Client()
    browser.force_login(alice)
    uploads = [SimpleUploadedFile(f"cake {i}.png", drawn("PNG") + bytes([i]), "image/png") for i in range(2)]

    page = browser.get(f"/chats/{chat.pk}/").content.decode()
    browser.post(f"/chats/{chat.pk}/send/", {"text": "look", "file": uploads, "clientKey": "k"})

    assert "What fits together goes out as one album." in page
    assert [text for text, _name, _album in queued()] == ["look", ""]
    assert {message.author for message in Message.objects.filter(role="Assistant")} == {alice}
    assert list(Message.objects.order_by("id").values_list("role", flat=True))[-1] == "System", (
        "the takeover comes last"
    )


def test_too_many_are_refused(chat_on: ChatOn, alice: User) -> None:
    chat, browser = chat_on("telegram"), Client()
    browser.force_login(alice)
    uploads = [SimpleUploadedFile(f"{i}.txt", b"words", "text/plain") for i in range(several.MOST + 1)]

    told = browser.post(f"/chats/{chat.pk}/send/", {"file": uploads}, headers={"HX-Request": "true"})

    assert (told.status_code, "At most 10 files at once." in told.content.decode()) == (422, True)


def test_the_api_takes_a_list_and_tells_all_that_was_written(chat_on: ChatOn, api: Callable[..., Any]) -> None:
    chat, (one, two) = chat_on("telegram"), pictures(2)
    body = {
        "chatId": str(chat.pk),
        "text": "look",
        "clientId": "k",
        "attachments": [{"fileId": str(one.pk)}, {"fileUrl": files.signed_url(two)}],
    }

    told, again = api(**body), api(**body)

    assert told.status_code == 201, told.content
    assert [each["text"] for each in told.json()["messages"]] == ["look", ""]
    assert told.json()["id"] == told.json()["messages"][0]["id"]
    assert [each["id"] for each in again.json()["messages"]] == [each["id"] for each in told.json()["messages"]]
    assert Delivery.objects.count() == 2


def test_a_customers_files_over_the_api_are_a_message_each(chat_on: ChatOn, api: Callable[..., Any]) -> None:
    chat, given = chat_on("telegram"), [{"fileId": str(file.pk)} for file in pictures(2)]

    told = api(chatId=str(chat.pk), role="User", text="these?", clientId="k", attachments=given)
    api(chatId=str(chat.pk), role="User", text="these?", clientId="k", attachments=given)

    assert [(each["role"], each["text"]) for each in told.json()["messages"]] == [("User", "these?"), ("User", "")]
    assert Message.objects.filter(chat=chat, role="User").exclude(external_id="mid").count() == 2


@pytest.mark.parametrize(
    "more",
    [
        {"attachments": [{}]},
        {"attachments": [{"fileId": "00000000-0000-0000-0000-000000000000"}]},
        {"attachments": [{"fileUrl": "https://elsewhere.example/cake.png"}]},
        {"attachments": [{"fileUrl": "https://elsewhere.example/cake.png"}] * 11},
        {"role": "System", "attachments": "ours"},
        {"attachments": "ours", "stickerId": "40138"},
    ],
)
def test_a_list_that_cannot_be_sent_says_why(chat_on: ChatOn, api: Callable[..., Any], more: dict[str, Any]) -> None:
    if more["attachments"] == "ours":
        more = {**more, "attachments": [{"fileId": str(pictures(1)[0].pk)}]}

    told = api(chatId=str(chat_on("telegram").pk), **more)

    assert told.status_code == 400, told.content
    assert not Delivery.objects.exists()
