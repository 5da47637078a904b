"""What a program written for Happ sends, sent to us: every documented operation with every documented field and value.

The requests are made from the published document itself, and our real answers are held against its schemas.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from happ_project.companies.models import Company, User
from happ_project.companies.services import invitations
from happ_project.core import ids, tenancy
from integrations.services import integrations
from messengers.services import addresses
from tests import factories
from tests.api.conftest import Api, person, program
from tests.contract.test_openapi import _json, _resolved, published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_limits")]
Known = dict[str, str]
SAMPLE = "uk"  # a language, too

EMPTY_AS_PUBLISHED: dict[str, Callable[[Known], dict[str, Any]]] = {
    "EmailAuthDto": lambda known: {"email": "dana@example.com", "password": "a long sentence of mine"},
    "CreateCompanyDto": lambda known: {"name": "Bakery"},
    "UpdateCompanyDto": lambda known: {"name": "Bakery", "description": "Bread"},
    "SendInvitationDto": lambda known: {"email": "erin@example.com"},
    "AcceptInvitationDto": lambda known: {"token": known["invitation"]},
    "CopyAssistantDto": lambda known: {},
    "CreateChatDto": lambda known: {"assistantId": known["assistant"]},
    "UpdateChatDto": lambda known: {"displayName": "Olena"},
    "AssignAssistantDto": lambda known: {"assistantId": known["assistant"]},
}
"""Bodies whose fields were not published: as the documentation and third parties send them."""

ONE_OF = {
    "CreateAssistantKnowledgeDto": [
        {"type": "text", "resourceContent": "Nine to five"},
        {"type": "url", "resourceUrl": "https://shop.example/hours"},
    ],
    "UpdateAssistantKnowledgeDto": [{"type": "text"}],
    "CreateAssistantToolsDto": [{"apiCallUrl": "https://shop.example/book"}],
}
"""Fields that depend on each other: what one of them means for the others."""
NOT_TOGETHER = {"resourceUrl", "resourceContent", "fileId", "vectorIds"}
NEEDED_FOR = {("type", "system"): {"name": "turnOffAiMode"}}
"""What is not published, but follows: a tool of the system is one of those that are built in."""
OURS_ONLY = {"fileUrl", "audioUrl"}
"""Addresses of files are ours only (docs/api.md), and files have a test of their own."""


def operations() -> list[Any]:
    found = []
    for path, methods in published()["paths"].items():
        for method, operation in methods.items():
            if not path.endswith("/originate"):
                found.append(pytest.param(path, method, operation, id=f"{method.upper()} {path}"))
    return found


@pytest.fixture
def known(company: Company, alice: User) -> Iterator[Known]:
    """Something of each sort, by the name that a path or a field has for it."""
    with tenancy.company_scope(company):
        assistant = factories.make_assistant(company)
        integration = integrations.ensure(addresses.create_hosted(company_id=company.pk, kind="widget", title="Shop"))
        integrations.switch_on(integration)
        chat = factories.make_chat(company, integration=integration, assistant=assistant)
        message = factories.make_message(chat)
    api = program(company)
    about = {"assistantId": str(assistant.pk), "name": "Hours"}
    tool = api.post("/api/assistant-tools", {**about, "apiCallUrl": "https://shop.example/book"}).json()
    knowledge = api.post("/api/assistant-knowledge", {**about, "type": "text", "resourceContent": "Nine"}).json()
    token = person(alice).post(f"/api/companies/{company.pk}/access-tokens", {"name": "CRM"}).json()
    yield {
        "company": str(company.pk),
        "assistant": str(assistant.pk),
        "chat": str(chat.pk),
        "message": str(message.pk),
        "assistant-tool": tool["id"],
        "assistant-knowledge": knowledge["id"],
        "token": token["id"],
        "invitation": "",
        "refresh": person_tokens(alice)["refreshToken"],
    }


def person_tokens(user: User) -> dict[str, str]:
    user.set_password("a long sentence of mine")
    user.save()
    body = {"email": user.email, "password": "a long sentence of mine"}
    return dict(Api().post("/api/auth/sign-in", body).json())


def address(path: str, known: Known) -> str:
    thing = path.split("/")[2].rstrip("s").removesuffix("ie")
    thing = {"compan": "company"}.get(thing, thing)
    return (
        path.replace("{companyId}", known["company"])
        .replace("{tokenId}", known["token"])
        .replace("{id}", known.get(thing, ""))
    )


def value(name: str, schema: dict[str, Any], known: Known) -> Any:
    """A value that the published schema allows."""
    if name in {"companyId", "assistantId", "chatId"}:
        return known[name.removesuffix("Id")]
    if name == "refreshToken":
        return known["refresh"]
    if schema.get("enum"):
        return next(each for each in schema["enum"] if each is not None)
    if schema.get("format") == "uuid":
        return str(ids.new_id())  # of a table of theirs
    if name == "apiCallUrl":
        return "https://shop.example/book"
    samples: dict[str, Any] = {"boolean": True, "object": {"type": "object", "properties": {}}, "array": []}
    if schema["type"] == "number":
        return schema.get("default", schema.get("minimum", 1))
    return samples.get(schema["type"], schema.get("example") or SAMPLE)


def bodies(operation: dict[str, Any], known: Known) -> list[dict[str, Any]]:
    """The fullest body, one of what is required alone, and one for each value of each enumeration."""
    schema = _json(operation.get("requestBody", {}))
    if schema is None:
        return [{}]
    name = schema.get("$ref", "").rpartition("/")[2]
    if name in EMPTY_AS_PUBLISHED:
        return [EMPTY_AS_PUBLISHED[name](known)]
    found = _resolved(schema, published())
    fields = {
        key: each for key, each in found["properties"].items() if key not in OURS_ONLY and key not in NOT_TOGETHER
    }
    made = []
    for more in ONE_OF.get(name, [{}]):
        full = {key: value(key, each, known) for key, each in fields.items()} | more
        needed = {key: each for key, each in full.items() if key in found.get("required", [])} | more
        needed |= {"chatId": known["chat"], "text": "Hello"} if "chatId" in fields else {}
        made += [full, needed]
        for key, each in fields.items():
            if key not in more:
                made += [needed | {key: one} | NEEDED_FOR.get((key, one), {}) for one in each.get("enum", [])]
    return [each for i, each in enumerate(made) if each not in made[:i]]


def caller(operation: dict[str, Any], path: str, company: Company, alice: User) -> Api:
    ways = {name for each in operation.get("security") or [] for name in each}
    if "access-token" in ways:
        return program(company)
    return person(alice) if "jwt-auth" in ways else Api()


def fits(given: Any, schema: dict[str, Any], place: str = "") -> list[str]:
    """Where an answer is not what the published schema says."""
    schema = schema if schema.get("type") == "array" else _resolved(schema, published())
    if given is None:
        return [] if schema.get("nullable") else [f"{place} is null"]
    kinds: dict[str, Any] = {"string": str, "number": (int, float), "boolean": bool, "object": dict, "array": list}
    if not isinstance(given, kinds[schema.get("type", "object")]):
        return [f"{place} is {type(given).__name__}"]
    if isinstance(given, list):
        return [wrong for each in given for wrong in fits(each, schema.get("items", {"type": "object"}), f"{place}[]")]
    wrong = []
    for key, each in schema.get("properties", {}).items():
        wrong += fits(given[key], each, f"{place}.{key}") if key in given else [f"{place}.{key} is missing"]
    return wrong


def ask(api: Api, method: str, path: str, body: dict[str, Any], operation: dict[str, Any], known: Known) -> Any:
    if method == "get":
        wanted = {each["name"]: each for each in operation.get("parameters", []) if each["in"] == "query"}
        query = {name: value(name, each["schema"], known) for name, each in wanted.items() if each.get("required")}
        query |= {"chatIds": known["chat"]} if "chatIds" in wanted else {}
        return api.get(path, **query)
    return api.delete(path) if method == "delete" else getattr(api, method)(path, body)


@pytest.mark.parametrize(("path", "method", "operation"), operations())
def test_what_it_sends_is_taken_and_answered_as_documented(
    path: str, method: str, operation: dict[str, Any], known: Known, company: Company, alice: User, bob: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    person_asking = bob if path.endswith(("/exit", "/accept")) else alice
    if path.endswith("/accept"):
        monkeypatch.setattr(invitations.ids, "new_token", lambda: "the-token-of-the-mail")
        with tenancy.company_scope(company):
            invitations.send(company, email="frank@example.com", by=alice)
        known["invitation"] = "the-token-of-the-mail"
    if path.endswith("/sign-in"):
        Api().post("/api/auth/sign-up", EMPTY_AS_PUBLISHED["EmailAuthDto"](known))
    (status,) = [code for code in operation["responses"] if code.startswith("2")]
    schema = _json(operation["responses"][status])

    for i, body in enumerate(bodies(operation, known)):
        if body.get("name") == SAMPLE:
            body = body | {"name": f"{SAMPLE}{i}"}  # two tools of one assistant have two names
        api = caller(operation, path, company, person_asking)
        answer = ask(api, method, address(path, known), body, operation, known)

        assert answer.status_code == int(status), f"{json.dumps(body)}: {answer.content.decode()}"
        if schema:
            assert fits(answer.json(), schema, "answer") == []


@pytest.mark.parametrize(("path", "method", "operation"), [each for each in operations() if each.values[1] == "get"])
def test_every_documented_filter_is_taken(
    path: str, method: str, operation: dict[str, Any], known: Known, company: Company, alice: User
) -> None:
    api = caller(operation, path, company, alice)
    required = {"chatId": known["chat"]} if path == "/api/messages" else {}
    required |= {"chatIds": known["chat"]} if path.endswith("/last") else {}
    for parameter in operation.get("parameters", []):
        if parameter["in"] != "query":
            continue
        schema = parameter["schema"]
        for one in schema.get("enum") or [value(parameter["name"], schema, known)]:
            chosen = {"ownerId": str(alice.pk), "userId": str(alice.pk), "chatIds": known["chat"], "skip": 1}
            one = chosen.get(parameter["name"], one)
            answer = api.get(address(path, known), **required | {parameter["name"]: one})
            assert answer.status_code == 200, f"{parameter['name']}={one}: {answer.content.decode()}"


def test_a_success_says_the_published_words_in_every_language(known: Known, company: Company) -> None:
    api = Api(**{"x-access-token": factories.make_access_token(company), "accept-language": "uk"})

    assert api.delete(f"/api/messages/{known['message']}").json()["message"] == "Message deleted successfully"
    assert api.delete(f"/api/chats/{known['chat']}").json()["message"] == "Chat deleted successfully"
    assert api.get("/api/messages").json()["message"] == "chatId: Chat ID is required"
