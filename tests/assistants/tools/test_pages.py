"""The Tools tab: adding, changing, trying out; secrets stay secret."""

import json
from typing import Any

import pytest
from django.test import Client

from assistants.models import Assistant, AssistantTool
from assistants.services import tools
from happ_project.companies.models import Company, User
from tests import factories
from tests.doubles.tool_service import Reply, ToolService

pytestmark = pytest.mark.django_db


@pytest.fixture
def assistant(in_company: Company) -> Assistant:
    return factories.make_assistant(in_company, name="Sofia")


@pytest.fixture
def page(client: Client, alice: User, company: Company) -> Client:
    client.force_login(alice)
    return client


def form(service: ToolService, **changes: Any) -> dict[str, Any]:
    rows = {"params-TOTAL_FORMS": "2", "params-INITIAL_FORMS": "0"}
    rows |= {"params-0-name": "number", "params-0-type": "string", "params-0-required": "on", "params-1-name": ""}
    tool = {"name": "order", "description": "State of an order", "type": "webhook_action", "url": service.url}
    more = {"method": "post", "execution_mode": "immediate", "timeout_seconds": "5", "enabled": "on"}
    return {**rows, **tool, **more, "headers_text": "X-Api-Key: k-secret", "secret_text": "s-secret", **changes}


def path(assistant: Assistant, tail: str = "") -> str:
    return f"/assistants/{assistant.pk}/tools/{tail}"


def test_a_tool_is_added_with_its_table(page: Client, assistant: Assistant, service: ToolService) -> None:
    answer = page.post(path(assistant, "new/"), form(service))

    tool = AssistantTool.objects.get()
    assert answer.headers["Location"] == path(assistant, f"{tool.pk}/try/")
    assert tool.params == [{"name": "number", "type": "string", "description": "", "isRequired": True}]
    assert (tool.headers["X-Api-Key"], tool.secret["secret"]) == ("k-secret", "s-secret")
    assert b"order" in page.get(path(assistant)).content


def test_secrets_are_kept_and_never_shown(page: Client, assistant: Assistant, service: ToolService) -> None:
    page.post(path(assistant, "new/"), form(service))
    tool = AssistantTool.objects.get()

    page.post(path(assistant, f"{tool.pk}/"), form(service, headers_text="", secret_text="", name="check_order"))

    tool.refresh_from_db()
    assert (tool.name, tool.secret["secret"], tool.headers["X-Api-Key"]) == ("check_order", "s-secret", "k-secret")
    for tail in ("", f"{tool.pk}/", f"{tool.pk}/try/"):
        shown = page.get(path(assistant, tail)).content.decode()
        assert "k-secret" not in shown
        assert "s-secret" not in shown


def test_stored_headers_do_not_go_to_a_new_address(page: Client, assistant: Assistant, service: ToolService) -> None:
    page.post(path(assistant, "new/"), form(service))
    tool = AssistantTool.objects.get()

    changes = {"headers_text": "", "secret_text": "", "url": "https://elsewhere.example/"}
    page.post(path(assistant, f"{tool.pk}/"), form(service, **changes))

    tool.refresh_from_db()
    assert tool.headers == {}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"name": "замовлення"}, "Latin letters"),
        ({"name": "turnOffAiMode"}, "A built-in tool has this name"),
        ({"url": "http://example.com/"}, "must begin with https://"),
        ({"url": ""}, "Give the address"),
        ({"headers_text": "Host: evil"}, "is set by Happ"),
        ({"secret_text": "whsec_?"}, "must be Base64"),
        ({"schema_text": "{oh no"}, "no JSON"),
        ({"schema_text": '{"type": "array"}'}, "outermost type must be object"),
    ],
)
def test_what_cannot_be_is_said_beside_it(
    page: Client, assistant: Assistant, service: ToolService, changes: dict[str, str], complaint: str
) -> None:
    answer = page.post(path(assistant, "new/"), form(service, **changes))

    assert answer.status_code == 422
    assert complaint in answer.content.decode()
    assert not AssistantTool.objects.exists()


def test_a_trial_shows_request_and_response(page: Client, assistant: Assistant, service: ToolService) -> None:
    page.post(path(assistant, "new/"), form(service))
    tool = AssistantTool.objects.get()
    service.script(Reply(body='{"state": "on its way"}'))

    shown = page.post(path(assistant, f"{tool.pk}/try/"), {"arguments": '{"number": "17"}'}).content.decode()

    assert service.requests[0].body == {"number": "17"}
    assert "on its way" in shown
    assert "X-HAPP-Signature" in shown
    assert "k-secret" not in shown


def test_a_trial_holds_arguments_against_the_schema(page: Client, assistant: Assistant, service: ToolService) -> None:
    page.post(path(assistant, "new/"), form(service))
    tool = AssistantTool.objects.get()

    answer = page.post(path(assistant, f"{tool.pk}/try/"), {"arguments": "{}"})

    assert answer.status_code == 422
    assert "required property" in answer.content.decode()
    assert service.requests == []


def test_nested_parameters_are_shown_as_a_schema(page: Client, assistant: Assistant, service: ToolService) -> None:
    nested = [{"name": "table", "type": "object", "properties": [{"name": "hall", "type": "string"}]}]
    tool = tools.create(assistant, name="book", url=service.url, params=nested)

    shown = page.get(path(assistant, f"{tool.pk}/")).content.decode()

    assert "additionalProperties" in shown


def test_the_api_keeps_the_published_fields(
    alice: User, company: Company, assistant: Assistant, client: Client
) -> None:
    key = {"HTTP_X_ACCESS_TOKEN": factories.make_access_token(company)}
    draft = {
        "name": "order",
        "assistantId": str(assistant.pk),
        "type": "webhook_action",
        "apiCallUrl": "https://shop.example/orders",
        "httpMethod": "POST",
        "webhookSecret": "s-secret",
        "headers": {"X-Api-Key": "k-secret"},
        "params": [{"name": "customerName", "type": "string", "description": "Name", "isRequired": True}],
        "disableInterruptions": True,
        "toolCallSound": "typing",
    }

    made = client.post("/api/assistant-tools", json.dumps(draft), content_type="application/json", **key)
    assert made.status_code == 201, made.content
    listed = client.get(f"/api/assistant-tools?assistantId={assistant.pk}&search=ord", **key).json()
    patch = {"httpMethod": "get", "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}}
    tool_path = f"/api/assistant-tools/{made.json()['id']}"
    changed = client.patch(tool_path, json.dumps(patch), content_type="application/json", **key).json()

    assert made.json()["parameters"]["required"] == ["customerName"]
    assert (made.json()["hasWebhookSecret"], made.json()["headerNames"]) == (True, ["X-Api-Key"])
    assert "secret" not in made.content.decode().replace("hasWebhookSecret", "")
    assert [row["name"] for row in listed] == ["order"]
    assert (changed["httpMethod"], changed["params"], list(changed["parameters"]["properties"])) == ("get", [], ["a"])
    assert client.delete(tool_path, **key).status_code == 200
    assert client.get(tool_path, **key).status_code == 404
