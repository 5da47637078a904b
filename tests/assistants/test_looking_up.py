"""The search box and its address in the API: what an assistant would find, and what would come of it."""

import pytest
from django.db import connection
from django.test import Client

from assistants.models import Assistant, KnowledgeSearch
from assistants.services import knowledge, looking_up
from happ_project.companies.models import Company, User
from happ_project.core import jobs, places
from tests import factories

pytestmark = pytest.mark.django_db

PAGE = "How long does delivery take?\nTwo to four days.\n\nWhen are you open?\nDaily from ten to eight."


@pytest.fixture
def assistant(in_company: Company) -> Assistant:
    made = factories.make_assistant(in_company, name="Marta")
    document = knowledge.add_text(made, name="Questions", content=PAGE)
    jobs.run("assistants.KnowledgeDocument", document.pk, document.company_id)
    return made


def work() -> KnowledgeSearch:
    row = KnowledgeSearch.objects.latest("id")
    jobs.run("assistants.KnowledgeSearch", row.pk, row.company_id)
    row.refresh_from_db()
    return row


@pytest.mark.parametrize(
    ("question", "verdict"), [("when will my parcel arrive?", "answers"), ("how tall is the eiffel tower", "unknown")]
)
def test_a_trial_says_what_would_come_of_it(assistant: Assistant, question: str, verdict: str) -> None:
    looking_up.ask(assistant, question)

    result = work().result

    assert result["verdict"] == verdict
    assert set(result["passages"][0]) == {"id", "document", "documentId", "title", "text", "score", "signals"}
    assert result["passages"][0]["document"] == "Questions"


def test_the_page_shows_what_was_found_when_a_worker_has_searched(assistant: Assistant, alice: User) -> None:
    client = Client()
    client.force_login(alice)
    address = f"/assistants/{assistant.pk}/knowledge/search/"

    asked = client.post(address, {"question": "when will my parcel arrive?"})
    row = work()
    shown = client.get(f"{address}{row.public_id}/")

    assert "Searching" in asked.text
    assert str(row.public_id) in asked.text
    assert "It would answer with the first passage." in shown.text
    assert "Two to four days." in shown.text
    assert "hx-get" not in shown.text


def test_the_api_gives_what_was_found(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client()
    waited = looking_up.wait
    monkeypatch.setattr(looking_up, "wait", lambda search: (work(), waited(search))[1])

    token = factories.make_access_token(assistant.company)
    answer = client.post(
        f"/api/assistants/{assistant.pk}/knowledge/search",
        {"question": "when will my parcel arrive?"},
        content_type="application/json",
        headers={"x-access-token": token},
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["passages"][0]["title"] == "How long does delivery take?"
    assert answer.json()["passages"][0]["signals"]["sure"] > 0.5


def test_searches_that_wait_for_a_worker_leave_the_web_threads(assistant: Assistant) -> None:
    key = factories.make_access_token(assistant.company)
    elsewhere = connection.copy()
    with elsewhere.cursor() as cursor:
        for place in places._keys(f"search:{assistant.company_id}", 4):
            cursor.execute("SELECT pg_advisory_lock(%s)", [place])

    answer = Client(headers={"x-access-token": key}).post(
        f"/api/assistants/{assistant.pk}/knowledge/search", {"question": "delivery?"}, content_type="application/json"
    )
    elsewhere.close()

    assert answer.status_code == 503
    assert not KnowledgeSearch.objects.exists()
