"""Messages over the REST API: what each role does, sending once, reading."""

import io
from typing import Any

import pytest
from django.test import Client

from conversations.api import serializers as shapes
from conversations.models import AiTurn, Chat, Message
from conversations.selectors import chat_json, message_json
from happ_project.companies.models import Company, User
from happ_project.core import ids, tenancy
from messengers.models import Delivery
from tests import factories
from tests.api.conftest import Api
from tests.files.test_files import picture


@pytest.fixture
def chat(company: Company) -> Chat:
    return factories.make_chat(company, assistant=factories.make_assistant(company))


def draft(chat: Chat, text: str = "Hello", **fields: Any) -> dict[str, Any]:
    return {"chatId": str(chat.pk), "source": "API", "role": "User", "type": "Text", "text": text, **fields}


def fresh(chat: Chat) -> Chat:
    return Chat._base_manager.get(pk=chat.pk)


# --- what each role does ----------------------------------------------------------------------------------------------


def test_what_the_customer_writes_may_be_answered(api: Api, chat: Chat) -> None:
    answer = api.post("/api/messages", draft(chat, fromId="u1", toId="u2", sessionId="s"))

    assert answer.status_code == 201
    body = answer.json()
    assert (body["content"], body["chatId"], body["role"], body["status"]) == (
        "Hello",
        str(chat.pk),
        "User",
        "received",
    )
    assert (body["fromId"], body["toId"], body["sessionId"]) == ("u1", "u2", "s")
    assert AiTurn._base_manager.get().chat_id == chat.pk
    assert not Delivery._base_manager.exists()
    assert fresh(chat).unread == 1


def test_what_a_person_writes_goes_to_the_customer_and_pauses_the_ai(api: Api, chat: Chat) -> None:
    api.post("/api/messages", draft(chat))

    answer = api.post("/api/messages", draft(chat, "We are open", role="Assistant", source="PLATFORM"))

    assert (answer.status_code, answer.json()["status"]) == (201, "queued")
    assert Delivery._base_manager.get().payload["text"] == "We are open"
    assert fresh(chat).ai_on is False
    assert AiTurn._base_manager.get().state == "cancelled"


def test_what_an_ai_of_your_own_writes_goes_out_and_pauses_nothing(api: Api, chat: Chat) -> None:
    answer = api.post("/api/messages", draft(chat, "We are open", role="Assistant", source="AI"))

    assert (answer.status_code, answer.json()["source"]) == (201, "AI")
    assert Delivery._base_manager.count() == 1
    assert fresh(chat).ai_on is True


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "System"},
        {"role": "Developer"},
        {"role": "Assistant", "type": "FunctionCall", "functionCallId": "c1", "functionCallName": "book"},
        {"role": "Assistant", "type": "FunctionCallOutput", "functionCallOutput": "done", "text": ""},
    ],
)
def test_records_are_only_stored(api: Api, chat: Chat, fields: dict) -> None:
    answer = api.post("/api/messages", draft(chat, **fields))

    assert (answer.status_code, answer.json()["status"]) == (201, "stored")
    for name in fields.keys() & {"functionCallId", "functionCallName", "functionCallOutput"}:
        assert answer.json()[name] == fields[name]
    assert not Delivery._base_manager.exists()
    assert not AiTurn._base_manager.exists()
    assert fresh(chat).ai_on is True


def test_a_bot_command_of_the_team_is_obeyed_and_not_sent(api: Api, chat: Chat) -> None:
    answer = api.post("/api/messages", draft(chat, "/bot off", role="Assistant", source="PLATFORM"))

    assert (answer.status_code, answer.json()) == (200, {"message": "ai disabled", "aiControlEnabled": False})
    assert not Delivery._base_manager.exists()


def test_the_older_form_sends_to_the_customer(api: Api, chat: Chat) -> None:
    answer = api.post(f"/api/chats/{chat.pk}/messages", {"content": "We are open"})

    assert answer.status_code == 201
    body = answer.json()
    assert (body["role"], body["source"], body["content"]) == ("Assistant", "API", "We are open")
    assert Delivery._base_manager.count() == 1


# --- once -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["User", "Assistant", "System"])
def test_a_message_with_the_same_key_is_written_once(api: Api, chat: Chat, role: str) -> None:
    first = api.post("/api/messages", draft(chat, role=role, clientId="order-7"))
    by_body = api.post("/api/messages", draft(chat, role=role, clientId="order-7"))
    by_header = api.post("/api/messages", draft(chat, role=role), **{"idempotency-key": "order-7"})
    other = api.post("/api/messages", draft(chat, role=role, clientId="order-8"))

    assert {answer.status_code for answer in (first, by_body, by_header, other)} == {201}
    assert first.json()["id"] == by_body.json()["id"] == by_header.json()["id"] != other.json()["id"]
    assert Message._base_manager.exclude(text__contains="person has taken").count() == 2
    assert Delivery._base_manager.count() == (2 if role == "Assistant" else 0)


def test_a_message_known_by_the_messengers_id_is_written_once(api: Api, chat: Chat) -> None:
    first = api.post("/api/messages", draft(chat, externalId="m1"))
    second = api.post("/api/messages", draft(chat, externalId="m1"))

    assert first.json()["id"] == second.json()["id"]
    assert fresh(chat).unread == 1


# --- files ------------------------------------------------------------------------------------------------------------


def upload(company: Company, content: bytes, name: str = "cake.png") -> Any:
    client = Client(headers={"x-access-token": factories.make_access_token(company)})
    file = io.BytesIO(content)
    file.name = name
    return client.post("/api/files", {"file": file})


def test_a_picture_is_uploaded_and_sent(api: Api, company: Company, chat: Chat) -> None:
    uploaded = upload(company, picture())
    assert (uploaded.status_code, uploaded.json()["mime"]) == (201, "image/png")

    by_id = api.post("/api/messages", draft(chat, "", role="Assistant", type="Photo", fileId=uploaded.json()["id"]))
    by_url = api.post("/api/messages", draft(chat, "", type="Photo", fileUrl=uploaded.json()["url"]))

    assert (by_id.status_code, by_id.json()["type"]) == (201, "Photo")
    assert by_id.json()["fileUrl"].startswith("https://happ.test/files/")
    assert (by_url.status_code, by_url.json()["fileUrl"]) == (201, by_id.json()["fileUrl"])


def test_a_damaged_picture_is_not_taken(company: Company) -> None:
    answer = upload(company, picture()[:40])

    assert (answer.status_code, answer.json()["message"]) == (400, "file: The picture is damaged.")


def test_an_upload_without_a_file_is_told_how(company: Company) -> None:
    client = Client(headers={"x-access-token": factories.make_access_token(company)})

    assert client.post("/api/files", {"file": "text"}).json()["errors"].keys() == {"file"}


def test_another_companys_file_and_the_worlds_addresses_are_refused(api: Api, chat: Chat, charlie: User) -> None:
    theirs = upload(charlie.owned_companies.get(), picture()).json()

    for fields in [
        {"fileId": theirs["id"]},
        {"fileUrl": theirs["url"]},
        {"fileUrl": "https://elsewhere.example.com/files/x"},
        {"audioUrl": "http://127.0.0.1:6379/"},
    ]:
        answer = api.post("/api/messages", draft(chat, **fields))
        assert answer.status_code == 400
        assert answer.json()["errors"].keys() == fields.keys()
    assert not Message._base_manager.exists()


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"chatId": ""}, "chatId"),
        ({"chatId": "x"}, "chatId"),
        ({"source": "FAX"}, "source"),
        ({"role": "user"}, "role"),
        ({"type": "Song"}, "type"),
        ({"text": " "}, "text"),
        ({"text": " ", "role": "Assistant"}, "text"),
        ({"text": "x" * 32_001}, "text"),
        ({"clientId": "x" * 101}, "clientId"),
    ],
)
def test_a_message_that_cannot_be_is_refused_by_field(api: Api, chat: Chat, fields: dict, field: str) -> None:
    answer = api.post("/api/messages", draft(chat, **fields))

    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {field}
    assert not Message._base_manager.exists()


OPTIONAL = (
    "specificType", "externalId", "sessionId", "fromId", "toId", "transcription", "audioUrl", "fileUrl", "clientId",
    "functionCallId", "functionCallName", "functionCallInput", "functionCallOutput",
)  # fmt: skip


@pytest.mark.parametrize("empty", ["", None])
@pytest.mark.parametrize("role", ["User", "Assistant", "System"])
def test_an_empty_field_is_one_that_was_not_given(api: Api, chat: Chat, role: str, empty: str | None) -> None:
    # clients that fill in a form send every field of it
    form = draft(chat, role=role, **dict.fromkeys(OPTIONAL, empty))

    first, second = api.post("/api/messages", form), api.post("/api/messages", form)

    assert (first.status_code, second.status_code) == (201, 201), first.content
    assert {first.json()[name] for name in OPTIONAL if name != "clientId"} == {None}
    assert first.json()["id"] != second.json()["id"], "no key is no key"


def test_a_message_does_not_reach_another_companys_chat(strangers_api: Api, chat: Chat) -> None:
    answer = strangers_api.post("/api/messages", draft(chat))

    assert answer.status_code == 400
    assert answer.json()["errors"] == {"chatId": ["There is no such chat in this company."]}
    assert not Message._base_manager.exists()


# --- reading ----------------------------------------------------------------------------------------------------------


def test_messages_are_listed_in_order(api: Api, chat: Chat) -> None:
    for text in ("one", "two", "three"):
        factories.make_message(chat, text)

    def texts(path: str, **query: Any) -> list[str]:
        return [message["content"] for message in api.get(path, **query).json()]

    assert texts("/api/messages", chatId=chat.pk) == ["one", "two", "three"]
    assert texts("/api/messages", chatId=chat.pk, skip=1, take=1) == ["two"]
    assert texts(f"/api/chats/{chat.pk}/messages", page=2, take=2) == ["three"]
    refused = api.get("/api/messages")
    assert (refused.status_code, refused.json()["message"]) == (400, "chatId: Chat ID is required")
    assert api.get("/api/messages", chatId=ids.new_id()).status_code == 404


def test_a_page_of_messages_costs_three_queries(api: Api, chat: Chat, django_assert_num_queries: Any) -> None:
    for _ in range(10):
        factories.make_message(chat)
    api.get("/api/messages", chatId=chat.pk)

    with django_assert_num_queries(3):  # access token, chat, messages
        api.get("/api/messages", chatId=chat.pk)


def test_the_last_messages_come_by_chat(api: Api, company: Company, chat: Chat, charlie: User) -> None:
    factories.make_message(chat, "old")
    factories.make_message(chat, "new")
    silent = factories.make_chat(company, integration=chat.integration)
    theirs = factories.make_chat(charlie.owned_companies.get())
    factories.make_message(theirs, "secret")

    body = api.get("/api/messages/last", chatIds=f"{chat.pk}, {silent.pk},{theirs.pk}").json()

    assert {key: message["content"] for key, message in body.items()} == {str(chat.pk): "new"}
    assert api.get("/api/messages/last", chatIds="1,2").json()["errors"].keys() == {"chatIds"}
    assert api.get("/api/messages/last").status_code == 400


def test_a_message_is_read_corrected_and_deleted(api: Api, strangers_api: Api, chat: Chat) -> None:
    message = factories.make_message(chat, "Helo")
    path = f"/api/messages/{message.pk}"

    assert [strangers_api.get(path).status_code, strangers_api.patch(path, {"text": "x"}).status_code] == [404, 404]
    assert strangers_api.delete(path).status_code == 404
    assert api.get(path).json()["content"] == "Helo"
    assert api.patch(path, {"text": "Hello"}).json()["content"] == "Hello"
    assert api.patch(path, {"role": "System"}).status_code == 400
    assert api.delete(path).json() == {"message": "Message deleted successfully", "id": str(message.pk)}
    assert api.get(path).status_code == 404
    assert api.get("/api/messages", chatId=chat.pk).json() == []


def test_the_document_names_every_key_that_is_given(chat: Chat) -> None:
    message = factories.make_message(chat)
    with tenancy.company_scope(chat.company_id):
        given_message, given_chat = message_json(message), chat_json(chat)

    assert list(shapes.MessageShape().fields) == list(given_message)
    assert list(shapes.ChatShape().fields) == list(given_chat)
