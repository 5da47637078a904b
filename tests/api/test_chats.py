"""Chats over the REST API."""

from typing import Any

import pytest

from conversations.models import AiTurn, Chat
from happ_project.companies.models import Company, User
from happ_project.core import ids, tenancy
from integrations.services import integrations
from tests import factories
from tests.api.conftest import Api


@pytest.fixture
def chat(company: Company) -> Chat:
    return factories.make_chat(company, assistant=factories.make_assistant(company), display_name="Olena")


def test_the_inbox_lists_chats_with_their_last_message(api: Api, company: Company, chat: Chat, charlie: User) -> None:
    factories.make_message(chat, "First")
    factories.make_message(chat, "Second")
    silent = factories.make_chat(company)
    factories.make_chat(charlie.owned_companies.get())

    body = api.get("/api/chats").json()

    assert (body["totalCount"], body["page"]) == (2, {"skip": 0, "take": 50, "number": 1, "count": 1})
    shown = {each["id"]: each for each in body["data"]}
    assert shown.keys() == {str(chat.pk), str(silent.pk)}
    assert [message["content"] for message in shown[str(chat.pk)]["messages"]] == ["Second"]
    assert shown[str(chat.pk)]["displayName"] == "Olena"
    assert shown[str(silent.pk)]["messages"] == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"search": "olen"}, ["Olena"]),
        ({"search": "zzz"}, []),
        ({"isUnderAiControl": "false"}, ["Taras"]),
        ({"isUnderAiControl": "true"}, ["Olena"]),
        ({"unread": "true"}, ["Taras"]),
        ({"take": 1}, ["Taras"]),
        ({"take": 1, "skip": 1}, ["Olena"]),
        ({"take": 1, "page": 2}, ["Olena"]),
    ],
)
def test_the_inbox_is_filtered_and_paged(api: Api, company: Company, chat: Chat, query: Any, found: Any) -> None:
    other = factories.make_chat(company, display_name="Taras", ai_on=False, unread=2)
    factories.make_message(chat)
    factories.make_message(other)

    assert [each["displayName"] for each in api.get("/api/chats", **query).json()["data"]] == found


def test_the_inbox_costs_the_same_for_one_chat_and_for_twenty(
    api: Api, company: Company, chat: Chat, django_assert_num_queries: Any
) -> None:
    integration = chat.integration
    api.get("/api/chats")

    for wanted in (1, 20):
        while Chat._base_manager.count() < wanted:
            factories.make_message(factories.make_chat(company, integration=integration))
        with django_assert_num_queries(4):  # access token, count, chats, last messages
            assert len(api.get("/api/chats").json()["data"]) == wanted


def test_a_chat_comes_with_its_messages_if_asked_for(api: Api, chat: Chat) -> None:
    factories.make_message(chat, "Hi")

    with_them = api.get(f"/api/chats/{chat.pk}", include="messages").json()
    without = api.get(f"/api/chats/{chat.pk}").json()

    assert [message["text"] for message in with_them["messages"]] == ["Hi"]
    assert "messages" not in without


def test_a_chat_is_made_for_a_program(api: Api, company: Company) -> None:
    assistant = factories.make_assistant(company)

    made = api.post("/api/chats", {"assistantId": str(assistant.pk), "displayName": "Olena", "externalId": "crm-7"})
    again = api.post("/api/chats", {"externalId": "crm-7"})

    assert made.status_code == 200
    body = made.json()
    assert (body["displayName"], body["source"], body["assistantId"]) == ("Olena", "API", str(assistant.pk))
    assert again.json()["id"] == body["id"]
    assert api.get("/api/chats").json()["totalCount"] == 1


def test_a_chat_does_not_take_another_companys_assistant(api: Api, charlie: User) -> None:
    theirs = factories.make_assistant(charlie.owned_companies.get())

    answer = api.post("/api/chats", {"assistantId": str(theirs.pk)})

    assert answer.status_code == 400
    assert answer.json()["errors"] == {"assistantId": ["There is no such assistant in this company."]}
    assert Chat._base_manager.count() == 0


def test_a_chat_is_renamed(api: Api, chat: Chat) -> None:
    answer = api.patch(f"/api/chats/{chat.pk}", {"displayName": "Olena K"})

    assert (answer.status_code, answer.json()["displayName"]) == (200, "Olena K")
    assert answer.json()["updatedAt"]


@pytest.mark.parametrize(
    ("path", "body"),
    [("/ai-control", {"isUnderAiControl": False}), ("", {"isUnderAiControl": False})],
    ids=["the document's way", "the older way"],
)
def test_the_ai_of_a_chat_is_switched(api: Api, chat: Chat, path: str, body: dict) -> None:
    off = api.patch(f"/api/chats/{chat.pk}{path}", body)
    shown = api.get(f"/api/chats/{chat.pk}").json()
    on = api.patch(f"/api/chats/{chat.pk}/ai-control", {"isUnderAiControl": True, "aiDisableReason": None})

    assert off.status_code == 200
    assert (shown["isUnderAiControl"], shown["aiDisableReason"]) == (False, "manual")
    assert on.json() == {"message": "ai enabled", "aiControlEnabled": True}
    assert api.get(f"/api/chats/{chat.pk}").json()["aiDisableReason"] is None


def test_the_reason_for_switching_the_ai_off_is_kept(api: Api, chat: Chat) -> None:
    path = f"/api/chats/{chat.pk}/ai-control"

    answer = api.patch(path, {"isUnderAiControl": False, "aiDisableReason": "auto"})

    assert answer.json() == {"message": "ai disabled", "aiControlEnabled": False}
    shown = api.get(f"/api/chats/{chat.pk}").json()
    assert (shown["aiDisableReason"], shown["needsAttention"]) == ("auto", True)
    assert api.patch(path, {}).json()["errors"].keys() == {"isUnderAiControl"}
    assert api.patch(path, {"isUnderAiControl": False, "aiDisableReason": "mood"}).status_code == 400


def test_one_chat_is_moved_to_another_assistant(api: Api, company: Company, chat: Chat, charlie: User) -> None:
    other = factories.make_assistant(company)
    theirs = factories.make_assistant(charlie.owned_companies.get())
    path = f"/api/chats/{chat.pk}"

    assigned = api.patch(f"{path}/assign-assistant", {"assistantId": str(other.pk)})
    refused = api.patch(f"{path}/assign-assistant", {"assistantId": str(theirs.pk)})
    shown = api.get(path).json()
    unassigned = api.patch(f"{path}/unassign-assistant")

    assert assigned.json()["chat"]["assistantId"] == shown["assistantId"] == str(other.pk)
    assert refused.status_code == 400
    assert (unassigned.status_code, unassigned.json()["chat"]["assistantId"]) == (200, None)


def test_a_change_that_is_refused_in_part_changes_nothing(api: Api, chat: Chat) -> None:
    answer = api.patch(f"/api/chats/{chat.pk}", {"displayName": "Taras", "contact": {"shoe_size": "38"}})

    assert answer.status_code == 400
    assert api.get(f"/api/chats/{chat.pk}").json()["displayName"] == "Olena"


def test_a_deleted_chat_is_gone_with_its_messages(api: Api, chat: Chat) -> None:
    message = factories.make_message(chat)

    answer = api.delete(f"/api/chats/{chat.pk}")

    assert answer.json() == {"message": "Chat deleted successfully", "id": str(chat.pk)}
    assert api.get(f"/api/chats/{chat.pk}").status_code == 404
    assert api.get(f"/api/messages/{message.pk}").status_code == 404


def test_a_chat_of_a_switched_off_integration_is_out_of_reach(api: Api, company: Company, chat: Chat) -> None:
    message = factories.make_message(chat)
    with tenancy.company_scope(company):
        integrations.switch_off(chat.integration)

    assert api.get("/api/chats").json()["totalCount"] == 0
    assert api.get(f"/api/chats/{chat.pk}").status_code == 404
    assert api.get(f"/api/messages/{message.pk}").status_code == 404


def test_a_strangers_chat_is_not_there(strangers_api: Api, chat: Chat) -> None:
    path = f"/api/chats/{chat.pk}"
    answers = [
        strangers_api.get(path),
        strangers_api.get(path, include="messages"),
        strangers_api.patch(path, {"displayName": "Mine"}),
        strangers_api.patch(f"{path}/ai-control", {"isUnderAiControl": False}),
        strangers_api.patch(f"{path}/assign-assistant", {"assistantId": str(ids.new_id())}),
        strangers_api.patch(f"{path}/unassign-assistant"),
        strangers_api.get(f"{path}/messages"),
        strangers_api.post(f"{path}/messages", {"content": "Hi"}),
        strangers_api.delete(path),
    ]

    assert [answer.status_code for answer in answers] == [404] * len(answers)
    chat.refresh_from_db(from_queryset=Chat._base_manager.all())
    assert (chat.display_name, chat.ai_on) == ("Olena", True)
    assert not AiTurn._base_manager.exists()


def test_the_connected_messengers_are_listed(api: Api, chat: Chat) -> None:
    (shown,) = api.get("/api/chats/messengers").json()

    assert (shown["id"], shown["kind"], shown["source"]) == (str(chat.integration_id), "widget", "WIDGET")
    assert shown["enabled"] is True
