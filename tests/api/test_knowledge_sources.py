"""Pages and files as knowledge, over the REST API."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from assistants.models import Assistant, KnowledgeDocument
from happ_project.companies.models import Company
from happ_project.core import clock, ids
from tests import factories
from tests.api.conftest import Api, person
from tests.assistants.sources import documents

PATH = "/api/assistant-knowledge"


@pytest.fixture
def assistant(company: Company) -> Assistant:
    return factories.make_assistant(company)


@pytest.fixture
def client(company: Company) -> Client:
    """Speaks multipart/form-data, which `api` does not."""
    return Client(headers={"x-access-token": factories.make_access_token(company)})


def page(assistant: Assistant, **fields: Any) -> dict[str, Any]:
    base = {"assistantId": str(assistant.pk), "name": "Delivery", "type": "url", "isVector": True}
    return {**base, "resourceUrl": "https://shop.example/delivery", **fields}


def send(client: Client, method: str, path: str, **fields: Any) -> HttpResponse:
    body = encode_multipart(BOUNDARY, fields)
    return client.generic(method.upper(), path, body, content_type=MULTIPART_CONTENT)


def upload(client: Client, assistant: Assistant, data: bytes, name: str, **fields: Any) -> HttpResponse:
    file = SimpleUploadedFile(name, data)
    base = {"assistantId": str(assistant.pk), "name": "Prices", "type": "file", "isVector": "true", "file": file}
    return send(client, "post", PATH, **{**base, **fields})


def test_a_page_is_added_with_its_interval(api: Api, assistant: Assistant) -> None:
    answer = api.post(PATH, page(assistant, recrawlIntervalHours=24))

    assert answer.status_code == 201
    body = answer.json()
    assert (body["type"], body["resourceUrl"], body["status"]) == ("url", "https://shop.example/delivery", "waiting")
    assert (body["recrawlIntervalHours"], body["readAt"], body["resourceContent"]) == (24, None, None)
    row = KnowledgeDocument._base_manager.get()
    assert (row.source_unread, row.recrawl_hours) == (True, 24)


def test_a_file_is_uploaded_as_a_form(client: Client, assistant: Assistant) -> None:
    answer = upload(client, assistant, documents.excel(Tea=[["Name"], ["Green"]]), "price.xlsx")

    assert answer.status_code == 201
    body = answer.json()
    assert (body["type"], body["format"], body["isVector"], body["status"]) == ("file", "xlsx", True, "waiting")
    assert KnowledgeDocument._base_manager.get().file.name == "price.xlsx"
    assert str(KnowledgeDocument._base_manager.get().file_id) == body["fileId"]


def test_a_file_uploaded_before_is_named_by_its_id(api: Api, client: Client, assistant: Assistant) -> None:
    stored = send(client, "post", "/api/files", file=SimpleUploadedFile("a.txt", b"Words", "text/plain")).json()

    answer = api.post(PATH, {**page(assistant, type="file", fileId=stored["id"]), "resourceUrl": None})

    assert answer.status_code == 201
    assert answer.json()["fileId"] == stored["id"]


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.txt", "empty"),
        (documents.word("Words"), "a.pdf", "its content is .docx"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "a.png", "Use PDF"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_its_field(
    client: Client, assistant: Assistant, data: bytes, name: str, words: str
) -> None:
    answer = upload(client, assistant, data, name)

    assert answer.status_code == 400
    assert words in answer.json()["errors"]["file"][0]
    assert not KnowledgeDocument._base_manager.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"resourceUrl": None}, "resourceUrl"),
        ({"resourceUrl": "shop"}, "resourceUrl"),
        ({"resourceUrl": "file:///etc/passwd"}, "resourceUrl"),
        ({"recrawlIntervalHours": -1}, "recrawlIntervalHours"),
        ({"recrawlIntervalHours": 9_000}, "recrawlIntervalHours"),
        ({"resourceContent": "Words"}, "resourceContent"),
        ({"type": "file"}, "resourceUrl"),
        ({"type": "file", "resourceUrl": None}, "file"),
        ({"type": "file", "resourceUrl": None, "fileId": str(ids.new_id())}, "fileId"),
        ({"type": "text", "resourceUrl": None}, "resourceContent"),
    ],
)
def test_what_does_not_belong_together_is_refused_by_field(
    api: Api, assistant: Assistant, fields: dict, field: str
) -> None:
    answer = api.post(PATH, page(assistant, **fields))

    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {field}
    assert not KnowledgeDocument._base_manager.exists()


def test_a_strangers_file_is_not_there(client: Client, strangers_api: Api, charlie: Any, assistant: Assistant) -> None:
    stored = send(client, "post", "/api/files", file=SimpleUploadedFile("a.txt", b"Words", "text/plain")).json()
    theirs = factories.make_assistant(charlie.owned_companies.get())

    answer = strangers_api.post(PATH, {**page(theirs, type="file", fileId=stored["id"]), "resourceUrl": None})

    assert answer.json()["errors"].keys() == {"fileId"}


def test_a_page_is_changed_and_planned_anew(api: Api, assistant: Assistant) -> None:
    made = api.post(PATH, page(assistant)).json()
    KnowledgeDocument._base_manager.update(
        state="done", status="ready", source_unread=False, read_at=clock.now(), content="Words"
    )
    path = f"{PATH}/{made['id']}"

    planned = api.patch(path, {"recrawlIntervalHours": 12}).json()
    assert (planned["status"], planned["recrawlIntervalHours"]) == ("ready", 12)
    moved = api.patch(path, {"resourceUrl": "https://shop.example/new"}).json()
    assert (moved["status"], moved["readAt"], moved["resourceContent"]) == ("waiting", None, "Words")
    assert api.patch(path, {"resourceUrl": "nowhere"}).json()["errors"].keys() == {"resourceUrl"}
    assert api.patch(path, {"type": "text"}).json()["errors"].keys() == {"type"}


def test_an_empty_field_of_another_kind_says_nothing(api: Api, assistant: Assistant) -> None:
    page = api.post(
        "/api/assistant-knowledge",
        {
            "assistantId": str(assistant.pk),
            "name": "Prices",
            "type": "url",
            "resourceUrl": "https://example.com/prices",
        },
    ).json()
    KnowledgeDocument._base_manager.update(content="Cake costs 90.", state="done", status="ready", source_unread=False)

    changed = api.patch(f"/api/assistant-knowledge/{page['id']}", {"name": "Our prices", "resourceContent": None})

    assert (changed.status_code, changed.json()["name"]) == (200, "Our prices")
    assert (changed.json()["resourceContent"], changed.json()["status"]) == ("Cake costs 90.", "ready")


def test_a_file_is_replaced(client: Client, assistant: Assistant) -> None:
    made = upload(client, assistant, b"Old words", "a.txt").json()

    changed = send(client, "patch", f"{PATH}/{made['id']}", file=SimpleUploadedFile("b.md", b"# New\n\nwords")).json()

    assert (changed["format"], changed["name"], changed["isVector"]) == ("md", "Prices", True)
    assert changed["fileId"] != made["fileId"]


def test_what_failed_says_why_and_is_read_again(api: Api, assistant: Assistant) -> None:
    made = api.post(PATH, page(assistant)).json()
    trouble = {"code": "page_missing", "params": {"status": 404}}
    KnowledgeDocument._base_manager.update(state="failed", status="failed", trouble=trouble)
    path = f"{PATH}/{made['id']}"

    assert "answered 404" in api.get(path).json()["statusDetail"]
    again = api.post(f"{path}/read-again").json()

    assert (again["status"], again["statusDetail"]) == ("waiting", None)


def test_pages_and_files_are_copied_with_their_assistant(
    api: Api, client: Client, company: Company, assistant: Assistant
) -> None:
    second = factories.make_company(owner=company.owner)
    api.post(PATH, page(assistant, recrawlIntervalHours=24))
    upload(client, assistant, b"Words", "a.txt")

    answer = person(company.owner, **{"x-company-id": str(company.pk)}).post(
        f"/api/assistants/{assistant.pk}/copy", {"companyId": str(second.pk)}
    )

    copied = KnowledgeDocument._base_manager.filter(assistant=answer.json()["newAssistantId"]).order_by("id")
    first, last = copied.select_related("file")
    assert (first.url, first.recrawl_hours, first.source_unread) == ("https://shop.example/delivery", 24, True)
    assert (last.file.company_id, last.file.name, last.source_unread) == (second.pk, "a.txt", True)


def test_a_copy_into_a_company_without_room_for_its_files_is_refused_whole(
    client: Client, company: Company, assistant: Assistant, settings: Any
) -> None:
    second = factories.make_company(owner=company.owner)
    upload(client, assistant, b"Words", "a.txt")
    settings.MOST = {**settings.MOST, "gigabytes": 0}

    answer = person(company.owner, **{"x-company-id": str(company.pk)}).post(
        f"/api/assistants/{assistant.pk}/copy", {"companyId": str(second.pk)}
    )

    assert (answer.status_code, "No more can be stored" in answer.json()["message"]) == (400, True)
    assert not Assistant._base_manager.filter(company=second).exists()
