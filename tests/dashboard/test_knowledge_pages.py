"""The Knowledge page: each kind is added, replaced and read again there, and troubles stand at their field."""

from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from assistants.models import Assistant, KnowledgeDocument
from assistants.services import knowledge
from happ_project.companies.models import Company, User
from happ_project.core import jobs, tenancy
from integrations.models import Event
from tests import factories
from tests.assistants.sources import documents

pytestmark = pytest.mark.django_db

HOW = {"is_vector": "True", "chunking_strategy": "tokens", "item_delimiter": ""}


@pytest.fixture
def assistant(company: Company) -> Assistant:
    return factories.make_assistant(company, name="Marta")


@pytest.fixture
def client(alice: User, company: Company) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def address(name: str, assistant: Assistant, *ids: UUID) -> str:
    return reverse(f"assistants:{name}", args=[assistant.pk, *ids])


def add(client: Client, assistant: Assistant, kind: str, **fields: Any) -> Any:
    return client.post(f"{address('knowledge-add', assistant)}?kind={kind}", {"name": "", **HOW, **fields})


def row() -> KnowledgeDocument:
    return KnowledgeDocument._base_manager.get()


def work(document: KnowledgeDocument) -> KnowledgeDocument:
    jobs.run("assistants.KnowledgeDocument", document.pk, document.company_id)
    return row()


def test_each_kind_has_its_form(client: Client, assistant: Assistant) -> None:
    for kind, field in (("text", "content"), ("url", "recrawl_hours"), ("file", "upload")):
        page = client.get(f"{address('knowledge-add', assistant)}?kind={kind}").content.decode()
        assert f'name="{field}"' in page
    assert client.get(f"{address('knowledge-add', assistant)}?kind=song").status_code == 404


def test_a_page_is_added_with_its_visits(client: Client, assistant: Assistant) -> None:
    answer = add(client, assistant, "url", url="https://shop.example/delivery", recrawl_hours="24")

    assert answer.status_code == 302
    assert (row().name, row().recrawl_hours, row().source_unread) == ("shop.example/delivery", 24, True)


def test_a_file_is_added_and_replaced(client: Client, assistant: Assistant) -> None:
    add(client, assistant, "file", upload=SimpleUploadedFile("price.docx", documents.word("Bread costs forty.")))
    document = work(row())
    assert (document.name, document.status) == ("price.docx", "ready")

    path = address("knowledge-edit", assistant, document.public_id)
    assert "Bread costs forty." in client.get(path).content.decode()
    client.post(path, {"name": "Prices", **HOW, "upload": SimpleUploadedFile("new.txt", b"Bread costs fifty.")})
    waiting = row()
    assert (waiting.name, waiting.status, waiting.content) == ("Prices", "waiting", "Bread costs forty.")
    assert work(waiting).content == "Bread costs fifty."


@pytest.mark.parametrize(
    ("kind", "fields", "field", "words"),
    [
        ("url", {"url": "ftp://shop.example/", "recrawl_hours": "0"}, "url", "https://"),
        ("file", {"upload": SimpleUploadedFile("a.pdf", b"Plain words")}, "upload", "its content is .txt"),
        ("file", {"upload": SimpleUploadedFile("a.txt", b"")}, "upload", "empty"),
        ("file", {}, "upload", "required"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(
    client: Client, assistant: Assistant, kind: str, fields: dict, field: str, words: str
) -> None:
    answer = add(client, assistant, kind, **fields)

    assert answer.status_code == 422
    assert words in str(answer.context["form"].errors[field])
    assert not KnowledgeDocument._base_manager.exists()


def test_saving_without_a_change_reads_nothing_again(client: Client, assistant: Assistant) -> None:
    add(client, assistant, "text", name="FAQ", content="One\r\ntwo")
    document = work(row())

    path = address("knowledge-edit", assistant, document.public_id)
    assert client.post(path, {"name": "FAQ", "content": "One\r\ntwo", **HOW}).status_code == 302
    assert row().status == "ready"


def test_what_failed_is_read_again_on_request(client: Client, assistant: Assistant) -> None:
    add(client, assistant, "file", upload=SimpleUploadedFile("scan.pdf", documents.pdf(scanned=True)))
    document = work(row())
    path = address("knowledge", assistant)
    assert "OCR" in client.get(path).content.decode()

    client.post(address("knowledge-again", assistant, document.public_id))

    assert (row().status, row().source_unread) == ("waiting", True)


def test_the_page_shows_what_finds_no_room(client: Client, company: Company, assistant: Assistant) -> None:
    with tenancy.company_scope(company):
        knowledge.add_text(assistant, name="Short", content="a" * 1_500, is_vector=False)
        knowledge.add_text(assistant, name="Long", content="b" * 39_000, is_vector=False)

    page = client.get(address("knowledge", assistant)).content.decode()

    assert "375 of 10,000 tokens" in page
    assert "“Long” (9,750 tokens) finds no room" in page


def test_the_list_takes_as_many_queries_whatever_its_length(
    client: Client, company: Company, assistant: Assistant, django_assert_max_num_queries: Any
) -> None:
    with tenancy.company_scope(company):
        for number in range(5):
            knowledge.add_text(assistant, name=f"FAQ {number}", content="Words")
    client.get(address("knowledge-rows", assistant))

    with django_assert_max_num_queries(9):
        client.get(address("knowledge-rows", assistant))


def test_the_log_tells_when_a_document_is_known(company: Company, assistant: Assistant) -> None:
    with tenancy.company_scope(company):
        document = knowledge.add_text(assistant, name="FAQ", content="Words")
        work(document)
        event = Event.objects.get(type="KNOWLEDGE_CHANGED")

    assert event.payload == {
        "assistantId": str(assistant.pk),
        "knowledgeId": str(document.public_id),
        "name": "FAQ",
        "status": "ready",
        "statusDetail": None,
    }
