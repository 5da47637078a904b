"""Vectors of another model: made in the background beside the local ones, and done without in trouble."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.test import Client

from assistants.models import Assistant, KnowledgeDocument, KnowledgeEmbedding, KnowledgeVector, LlmModel, UsageRecord
from assistants.services import budgets, embedding, knowledge, providers, searching
from happ_project.companies.models import Company
from happ_project.core import http, jobs
from tests import factories
from tests.doubles import model as doubles
from tests.doubles.model import ModelServer, Reply

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "How long does delivery take?\nTwo to four days.\n\nDo you sell Zorblax?\nYes, in red."
NAME = "127.0.0.1/text-embedding-3-large@1024"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with doubles.running() as running:
        http.configure(allowed_private=[running.address])
        embedding._resting.clear()
        yield running
        http.configure()


@pytest.fixture
def assistant(in_company: Company) -> Assistant:
    return factories.make_assistant(in_company, name="Marta")


def choose(company: Company, server: ModelServer, model: str = "text-embedding-3-large", key: str = "sk-right") -> None:
    providers.save_settings(company.pk, api_key=key, base_url=server.base_url, embedding_model=model)
    embedding.refresh_soon(company.pk)


def make_document(assistant: Assistant) -> KnowledgeDocument:
    document = knowledge.add_text(assistant, name="FAQ", content=PAGE)
    jobs.run("assistants.KnowledgeDocument", document.pk, document.company_id)
    return document


def work() -> KnowledgeEmbedding:
    """What a worker does with the rows that wait; the last of them."""
    for row in KnowledgeEmbedding.objects.filter(state="waiting").order_by("id"):
        jobs.run("assistants.KnowledgeEmbedding", row.pk, row.company_id)
    return KnowledgeEmbedding.objects.latest("id")


def asked(server: ModelServer) -> list[list[str]]:
    return [request.body["input"] for request in server.requests if request.path == "/v1/embeddings"]


def test_passages_get_vectors_of_the_chosen_model_besides_and_questions_are_asked_by_it(
    in_company: Company, assistant: Assistant, server: ModelServer
) -> None:
    choose(in_company, server)
    make_document(assistant)
    assert "sure" in searching.search(assistant, "do you sell zorblax")[0].signals
    assert asked(server) == []

    assert work().state == "done"
    found = searching.search(assistant, "do you sell zorblax")

    assert asked(server) == [
        ["How long does delivery take?\nTwo to four days.", "Do you sell Zorblax?\nYes, in red."],
        ["do you sell zorblax"],
    ]
    assert server.requests[-1].body["dimensions"] == 1024
    assert found[0].title == "Do you sell Zorblax?"
    assert "sure" not in found[0].signals
    assert UsageRecord.objects.filter(purpose="embedding").count() == 2


def test_the_built_in_answerer_keeps_to_the_local_model(
    in_company: Company, assistant: Assistant, server: ModelServer
) -> None:
    choose(in_company, server)
    make_document(assistant)
    work()

    assert "sure" in searching.search(assistant, "do you sell zorblax", local=True)[0].signals
    assert len(asked(server)) == 1


def test_a_new_model_is_asked_when_it_knows_everything_and_the_one_before_is_forgotten(
    in_company: Company, assistant: Assistant, server: ModelServer
) -> None:
    choose(in_company, server)
    make_document(assistant)
    work()

    choose(in_company, server, "small-embedding")
    assert "sure" in searching.search(assistant, "do you sell zorblax")[0].signals
    work()

    searching.search(assistant, "do you sell zorblax")
    assert server.requests[-1].body["model"] == "small-embedding"
    assert "dimensions" not in server.requests[-1].body
    assert not KnowledgeVector.objects.filter(model=NAME).exists()
    assert {len(vector.embedding) for vector in KnowledgeVector.objects.all()} == {894, 1024}


def test_a_server_that_asks_to_wait_is_asked_again_then(
    in_company: Company, assistant: Assistant, server: ModelServer
) -> None:
    server.embedding_troubles = [Reply(mood="limited", retry_after="7")]
    choose(in_company, server)
    make_document(assistant)

    row = work()

    assert row.state == "waiting"
    assert row.attempts == 0
    assert 5 < (row.run_at - row.created_at).total_seconds() < 60
    assert "wait" in embedding.problem(in_company.pk) or embedding.problem(in_company.pk) == ""
    KnowledgeEmbedding.objects.update(run_at=row.created_at)
    assert work().state == "done"


@pytest.mark.parametrize(
    ("model", "key", "trouble", "why"),
    [
        ("text-embedding-3-large", "sk-wrong", None, "the key is not accepted"),
        ("unknown", "sk-right", None, "does not know this model"),
        ("text-embedding-3-large", "sk-right", Reply(mood="no_quota"), "no quota left"),
    ],
)
def test_what_stays_wrong_is_said_and_search_goes_on_with_the_local_model(
    in_company: Company,
    assistant: Assistant,
    server: ModelServer,
    model: str,
    key: str,
    trouble: Reply | None,
    why: str,
) -> None:
    server.embedding_troubles = [trouble] if trouble else []
    choose(in_company, server, model, key)
    document = make_document(assistant)

    assert work().state == "failed"

    document.refresh_from_db()
    assert document.status == "ready"
    assert why in embedding.problem(in_company.pk)
    assert searching.search(assistant, "do you sell zorblax")[0].title == "Do you sell Zorblax?"


def test_a_spent_budget_has_no_vectors_made_and_no_question_asked(
    in_company: Company, assistant: Assistant, server: ModelServer, client: Client
) -> None:
    LlmModel.objects.update_or_create(
        provider="127.0.0.1", name="text-embedding-3-large", defaults={"input_price": Decimal(100_000)}
    )
    choose(in_company, server)
    make_document(assistant)
    budgets.save(in_company, monthly=Decimal("0.01"))
    assert work().state == "done"
    searching.search(assistant, "do you sell zorblax")
    assert len(asked(server)) == 1

    make_document(assistant)

    assert work().state == "failed"
    assert len(asked(server)) == 1
    assert "the budget of this month is spent" in embedding.problem(in_company.pk)
    client.force_login(in_company.owner)
    client.post("/assistants/usage/budget/", {"monthly": "100", "when_spent": "hand_off"})
    assert work().state == "done"
    assert embedding.refresh(in_company.pk) == 0


def test_a_question_is_searched_locally_while_the_server_is_in_trouble(
    in_company: Company, assistant: Assistant, server: ModelServer
) -> None:
    choose(in_company, server)
    make_document(assistant)
    work()
    server.embedding_troubles = [Reply(mood="failing")]

    first = searching.search(assistant, "do you sell zorblax")
    second = searching.search(assistant, "is zorblax for sale")

    assert "sure" in first[0].signals
    assert "sure" in second[0].signals
    assert len(asked(server)) == 2
