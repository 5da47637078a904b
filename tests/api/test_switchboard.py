"""Integrations, the event feed and webhook endpoints over the REST API."""

from typing import Any

import pytest

from conversations.models import Chat
from happ_project.companies.models import Company, User
from happ_project.core import tenancy
from integrations import types
from integrations.api import serializers as shapes
from integrations.models import Event, Integration, WebhookDelivery, WebhookEndpoint
from integrations.services import event_log, integrations
from tests import factories
from tests.api.conftest import Api, person


@pytest.fixture
def integration(company: Company) -> Integration:
    return factories.make_integration(company, title="Shop")


# --- integrations -----------------------------------------------------------------------------------------------------


def test_integrations_are_listed_without_the_built_in_ones(api: Api, integration: Integration) -> None:
    (shown,) = api.get("/api/integrations").json()

    assert shown == {
        "id": str(integration.pk),
        "title": "Shop",
        "kind": "widget",
        "source": "WIDGET",
        "enabled": True,
        "assistantId": None,
        "state": "connected",
        "stateDetail": "",
        "limitedUntil": None,
        "debounceSeconds": 4.0,
        "finishedSeconds": 2.5,
        "longestWaitSeconds": 20.0,
        "answersWithinMinutes": 60,
        "botCommand": "everyone",
        "groupAnswers": "mentioned",
    }
    assert list(shapes.IntegrationDetails().fields) == list(shown)


def test_an_integration_is_assigned_and_set(api: Api, company: Company, integration: Integration) -> None:
    assistant = factories.make_assistant(company)

    answer = api.patch(
        f"/api/integrations/{integration.pk}",
        {"assistantId": str(assistant.pk), "debounceSeconds": 8, "botCommand": "team", "title": "Web"},
    )

    assert answer.status_code == 200
    body = answer.json()
    assert (body["assistantId"], body["debounceSeconds"], body["botCommand"]) == (str(assistant.pk), 8.0, "team")
    assert api.patch(f"/api/integrations/{integration.pk}", {"assistantId": None}).json()["assistantId"] is None


def test_an_integration_is_switched_off_and_on(api: Api, company: Company, integration: Integration) -> None:
    factories.make_chat(company, integration=integration)
    path = f"/api/integrations/{integration.pk}"

    off = api.patch(path, {"enabled": False}).json()
    chats_when_off = api.get("/api/chats").json()["totalCount"]
    on = api.patch(path, {"enabled": True}).json()

    assert (off["enabled"], chats_when_off, on["enabled"]) == (False, 0, True)
    assert api.get("/api/chats").json()["totalCount"] == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"debounceSeconds": 30}, "longestWaitSeconds"),
        ({"debounceSeconds": -1}, "debounceSeconds"),
        ({"botCommand": "nobody"}, "botCommand"),
        ({"assistantId": "01900000-0000-7000-8000-000000000000"}, "assistantId"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name(
    api: Api, integration: Integration, change: dict, field: str
) -> None:
    answer = api.patch(f"/api/integrations/{integration.pk}", change)

    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {field}


def test_a_change_that_is_refused_in_part_changes_nothing(api: Api, company: Company, integration: Integration) -> None:
    other = factories.make_assistant(company)

    answer = api.patch(f"/api/integrations/{integration.pk}", {"assistantId": str(other.pk), "debounceSeconds": 170})

    assert answer.status_code == 400
    assert api.get(f"/api/integrations/{integration.pk}").json()["assistantId"] != str(other.pk)


def test_strangers_and_built_in_integrations_are_not_there(
    api: Api, strangers_api: Api, company: Company, integration: Integration
) -> None:
    with tenancy.company_scope(company):
        hidden = Integration.objects.filter(hidden=True).first()

    assert strangers_api.get(f"/api/integrations/{integration.pk}").status_code == 404
    assert strangers_api.patch(f"/api/integrations/{integration.pk}", {"enabled": False}).status_code == 404
    assert hidden is not None
    assert api.patch(f"/api/integrations/{hidden.pk}", {"enabled": False}).status_code == 404


# --- events -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_program_catches_up_by_cursor() -> None:
    alice = factories.make_user()
    company = factories.make_company(owner=alice)
    api = Api(**{"x-access-token": factories.make_access_token(company)})
    now = api.get("/api/events").json()
    assert now["data"] == []
    chat = factories.make_chat(company)
    factories.make_message(chat, "one")
    factories.make_message(chat, "two")

    first = api.get("/api/events", after=now["cursor"], take=3).json()
    rest = api.get("/api/events", after=first["cursor"]).json()
    again = api.get("/api/events", after=rest["cursor"]).json()
    messages = api.get("/api/events", after=now["cursor"], types="MESSAGE_CREATED").json()["data"]

    assert len(first["data"]) == 3
    assert (again["data"], again["cursor"]) == ([], rest["cursor"])
    assert [event["data"]["message"]["content"] for event in messages] == ["one", "two"]
    seen = [event["id"] for event in first["data"] + rest["data"]]
    assert seen == sorted(set(seen))


@pytest.mark.django_db(transaction=True)
def test_another_companys_events_are_not_in_the_feed() -> None:
    company, other = factories.make_company(), factories.make_company()
    factories.make_message(factories.make_chat(company), "secret")
    api = Api(**{"x-access-token": factories.make_access_token(other)})

    told = api.get("/api/events", after=0).json()["data"]

    assert {event["companyId"] for event in told} <= {str(other.pk)}


@pytest.mark.parametrize("query", [{"after": -1}, {"after": "x"}, {"after": 0, "types": "GOSSIP"}, {"take": 201}])
def test_a_feed_that_cannot_be_is_refused(api: Api, query: dict) -> None:
    assert api.get("/api/events", **query).status_code == 400


# --- webhooks ---------------------------------------------------------------------------------------------------------


def test_a_webhook_is_made_with_a_secret_shown_once(api: Api) -> None:
    made = api.post("/api/webhooks", {"url": "https://crm.example.com/happ", "eventTypes": ["MESSAGE_CREATED"]})

    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    (listed,) = api.get("/api/webhooks").json()
    assert listed == {
        "id": made.json()["id"],
        "url": "https://crm.example.com/happ",
        "eventTypes": ["MESSAGE_CREATED"],
        "enabled": True,
        "connected": False,
        "disabledReason": None,
        "createdAt": listed["createdAt"],
    }


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        ({"url": "http://crm.example.com/"}, "url"),
        ({"url": "ftp"}, "url"),
        ({"url": "https://crm.example.com/", "eventTypes": ["GOSSIP"]}, "eventTypes[0]"),
        ({"url": "https://crm.example.com/", "secret": "short"}, "secret"),
        ({"url": "https://crm.example.com/", "secret": "whsec_aaaaaaaaaaaaaaaaa"}, "secret"),
        ({"url": "https://crm.example.com/", "secret": "whsec_тільки латиницею"}, "secret"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused_by_field(api: Api, draft: dict, field: str) -> None:
    answer = api.post("/api/webhooks", draft)

    assert answer.status_code == 400
    assert not WebhookEndpoint._base_manager.exists()
    assert list(answer.json()["errors"]) == [field]


def test_a_webhook_is_changed_and_removed(api: Api, strangers_api: Api) -> None:
    made = api.post("/api/webhooks", {"url": "https://crm.example.com/happ"}).json()
    path = f"/api/webhooks/{made['id']}"

    assert strangers_api.get(path).status_code == strangers_api.delete(path).status_code == 404
    assert strangers_api.patch(path, {"enabled": False}).status_code == 404
    assert strangers_api.get(f"{path}/calls").status_code == 404
    off = api.patch(path, {"enabled": False, "eventTypes": ["CHAT_CREATED"]}).json()
    assert (off["enabled"], off["eventTypes"]) == (False, ["CHAT_CREATED"])
    assert api.patch(path, {"enabled": True}).json()["enabled"] is True
    assert api.delete(path).json()["id"] == made["id"]
    assert api.get(path).status_code == 404


def test_a_member_sees_no_webhooks_which_are_the_owners_business(bob: User, alice: User) -> None:
    draft = {"url": "https://crm.example.com/happ"}

    assert person(bob).get("/api/webhooks").status_code == person(bob).post("/api/webhooks", draft).status_code == 403
    assert person(alice).post("/api/webhooks", draft).status_code == 201


def test_the_log_of_calls_is_read_and_repeated(api: Api, strangers_api: Api, company: Company) -> None:
    made = api.post("/api/webhooks", {"url": "https://crm.example.com/happ"}).json()
    with tenancy.company_scope(company):
        event_log.record(company_id=company.pk, type=types.CHAT_CREATED, payload={})
        call = WebhookDelivery.objects.get()
        call.state, call.last_error = "failed", "answered 500"
        call.save()
    path = f"/api/webhooks/{made['id']}/calls"

    (logged,) = api.get(path).json()
    assert (logged["eventType"], logged["state"], logged["lastError"]) == ("CHAT_CREATED", "failed", "answered 500")
    assert strangers_api.post(f"{path}/{call.pk}/repeat").status_code == 404
    repeated = api.post(f"{path}/{call.pk}/repeat")

    assert (repeated.status_code, repeated.json()["state"]) == (200, "waiting")
    assert api.post(f"{path}/999/repeat").status_code == 404


def test_the_document_names_every_key_of_an_event(company: Company, charlie: User, integration: Any) -> None:
    with tenancy.company_scope(company):
        event = Event.objects.first()
        assert event is not None
        assert list(shapes.EventShape().fields) == list(event_log.as_json(event))
        assert list(shapes.IntegrationShape().fields) == list(integrations.as_json(integration))
        assert not Chat.objects.exists()
