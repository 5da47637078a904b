"""A page or a file on its way into what an assistant knows: states, visits, retries, replacement without a gap."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from assistants.events import DocumentIndexed
from assistants.knowledge import chunking, embeddings
from assistants.knowledge.sources.troubles import Unreadable
from assistants.models import Assistant, KnowledgeDocument
from assistants.services import knowledge, reading, searching
from happ_project.companies.models import Company
from happ_project.core import clock, events, jobs
from tests.assistants.sources import documents
from tests.doubles.http_double import Answer
from tests.doubles.website import Website

pytestmark = pytest.mark.django_db

BODY = "<h1>Delivery</h1><p>A parcel takes two to four working days, wherever in the country you live.</p>"
NEWER = "<h1>Delivery</h1><p>From May a parcel takes one day only, wherever in the country you live.</p>"


@pytest.fixture
def news(in_company: Company, monkeypatch: pytest.MonkeyPatch) -> list[DocumentIndexed]:
    heard: list[DocumentIndexed] = []
    monkeypatch.setattr(events, "publish", heard.append)
    return heard


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A clock that is moved by hand."""

    class Hands:
        moment = clock.now() + timedelta(minutes=1)  # later than the rows' own default

        def move(self, **by: float) -> None:
            self.moment += timedelta(**by)

        def __call__(self) -> datetime:
            return self.moment

    hands = Hands()
    monkeypatch.setattr(clock, "now", hands)
    return hands


def work(document: KnowledgeDocument) -> KnowledgeDocument:
    """What a worker does with the row, if it is due."""
    jobs.run("assistants.KnowledgeDocument", document.pk, document.company_id)
    document.refresh_from_db()
    return document


def texts(document: KnowledgeDocument) -> list[str]:
    return list(document.chunks.order_by("position").values_list("text", flat=True))


def put_file(assistant: Assistant, data: bytes, name: str) -> KnowledgeDocument:
    file, found = knowledge.store(io.BytesIO(data), name=name)
    return work(knowledge.add_file(assistant, file=file, format=found))


def test_a_page_becomes_passages_with_its_headings(in_company: Company, assistant: Assistant, site: Website) -> None:
    document = work(knowledge.add_page(assistant, url=site.put("/delivery", BODY)))

    assert (document.status, document.state, document.format, document.why) == ("ready", "done", "html", "")
    assert document.name == f"127.0.0.1:{site.port}/delivery"
    assert searching.search(assistant, "how long does delivery take")[0].title == "Delivery"
    assert document.read_at is not None


def test_a_file_becomes_passages(in_company: Company, assistant: Assistant, news: list) -> None:
    document = put_file(assistant, documents.word(("Heading 1", "Returns"), "Within fourteen days."), "terms.docx")

    assert (document.status, document.name, document.format) == ("ready", "terms.docx", "docx")
    assert texts(document) == ["Within fourteen days."]
    assert news == [DocumentIndexed(in_company.pk, assistant.pk, document.public_id)]


def test_rows_of_a_table_are_passages_of_their_own(in_company: Company, assistant: Assistant) -> None:
    data = documents.excel(Tea=[["Name", "Price"], ["Green tea", 120], ["Black tea", 80]])
    document = put_file(assistant, data, "price.xlsx")

    found = searching.search(assistant, "how much is black tea?")[0]
    assert (found.title, found.text) == ("Name: Black tea", "Price: 80")
    assert document.chunks.count() == 2


def test_the_states_follow_each_other_with_progress(
    in_company: Company, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int, int]] = []

    def watched(step: Callable[..., Any]) -> Callable[..., Any]:
        def look(*told: Any, **named: Any) -> Any:
            row = KnowledgeDocument.objects.get()
            seen.append((row.status, row.progress_done, row.progress_total))
            return step(*told, **named)

        return look

    for place, name in ((reading, "read"), (chunking, "by_length"), (embeddings, "of_passage")):
        monkeypatch.setattr(place, name, watched(getattr(place, name)))
    monkeypatch.setattr("assistants.services.indexing._SECONDS_BETWEEN_SIGNS", 0)
    document = put_file(assistant, b"One?\nIt is.\n\nTwo?\nIt is too.", "faq.txt")

    assert seen == [("reading", 0, 0), ("splitting", 0, 0), ("embedding", 0, 2), ("embedding", 1, 2)]
    assert (document.status, document.progress_total) == ("ready", 0)


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (documents.pdf(scanned=True), "a.pdf", "OCR"),
        (documents.pdf("x", password="tea"), "a.pdf", "password"),
        (b"%PDF-1.4 rubbish", "a.pdf", "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_in_the_readers_language(
    in_company: Company, assistant: Assistant, news: list, data: bytes, name: str, words: str
) -> None:
    document = put_file(assistant, data, name)

    assert (document.status, document.state) == ("failed", "failed")
    assert words in document.status_detail
    assert words in news[0].error
    with translation.override("en"):
        assert document.why == document.status_detail
    with translation.override("uk"):
        assert document.why != document.status_detail


def test_a_wrong_name_is_refused_at_once(in_company: Company, assistant: Assistant) -> None:
    with pytest.raises(Unreadable, match=r"called \.pdf, but its content is \.docx"):
        knowledge.store(io.BytesIO(documents.word("Words")), name="terms.pdf")


def test_a_failed_page_is_read_again_when_asked(in_company: Company, assistant: Assistant, site: Website) -> None:
    document = work(knowledge.add_page(assistant, url=f"{site.origin}/delivery"))
    assert (document.status, document.state) == ("failed", "failed")
    assert "404" in document.status_detail

    site.put("/delivery", BODY)
    document = work(knowledge.read_again(document))

    assert (document.status, document.why) == ("ready", "")


def test_a_site_in_trouble_is_asked_again_twice_before_it_counts(
    in_company: Company, assistant: Assistant, site: Website, now: Any, news: list
) -> None:
    url = site.put("/delivery", BODY)
    site.fail("/delivery", "503", times=3)
    document = work(knowledge.add_page(assistant, url=url))
    assert (document.status, document.state) == ("waiting", "waiting")
    assert "503" in document.status_detail
    assert document.run_at == now() + timedelta(seconds=30)

    now.move(seconds=31)
    work(document)
    assert document.status == "waiting"
    now.move(minutes=3)
    work(document)

    assert (document.status, document.state, len(news)) == ("failed", "failed", 1)


def test_a_page_is_read_again_after_its_interval_and_only_indexed_if_it_changed(
    in_company: Company, assistant: Assistant, site: Website, now: Any, news: list
) -> None:
    url = site.put("/delivery", BODY, ETag='"1"')
    document = work(knowledge.add_page(assistant, url=url, recrawl_hours=24))
    first = list(document.chunks.values_list("pk", flat=True))
    assert (document.status, document.state) == ("ready", "waiting")
    assert document.run_at == now() + timedelta(hours=24)

    now.move(hours=23)
    work(document)
    assert site.calls["/delivery"] == 1
    now.move(hours=1)
    work(document)  # the site says 304
    site.put("/delivery", BODY)
    now.move(hours=24)
    work(document)  # sent again, with the same words

    assert site.calls["/delivery"] == 3
    assert list(document.chunks.values_list("pk", flat=True)) == first
    assert len(news) == 1
    assert document.read_at == now()

    site.put("/delivery", NEWER, ETag='"2"')
    now.move(hours=24)
    work(document)
    assert "one day only" in texts(document)[0]
    assert (document.etag, document.status, len(news)) == ('"2"', "ready", 2)


def test_a_visit_that_fails_keeps_what_was_known_and_says_why(
    in_company: Company, assistant: Assistant, site: Website, now: Any
) -> None:
    document = work(knowledge.add_page(assistant, url=site.put("/delivery", BODY), recrawl_hours=1))
    del site.pages["/delivery"]
    now.move(hours=1)
    work(document)

    assert (document.status, document.state) == ("ready", "waiting")
    assert "404" in document.status_detail
    assert "two to four" in texts(document)[0]
    assert document.run_at == now() + timedelta(hours=1)

    site.put("/delivery", NEWER)
    now.move(hours=1)
    work(document)
    assert document.why == ""
    assert "one day only" in texts(document)[0]


def test_visits_are_planned_and_called_off(in_company: Company, assistant: Assistant, site: Website, now: Any) -> None:
    document = work(knowledge.add_page(assistant, url=site.put("/delivery", BODY)))

    document = knowledge.replace(document, recrawl_hours=6)
    assert (document.state, document.run_at, document.status) == ("waiting", now() + timedelta(hours=6), "ready")
    document = knowledge.replace(document, recrawl_hours=0)
    assert (document.state, document.source_unread) == ("done", False)


def test_a_replaced_file_answers_with_the_old_passages_until_the_new_are_in(
    in_company: Company, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = put_file(assistant, b"Where are you?\nIn Lviv.", "faq.txt")
    seen: list[tuple[str, list[str]]] = []
    embed = embeddings.of_passage

    def look(title: str, text: str) -> object:
        seen.append((KnowledgeDocument.objects.get().content, texts(document)))
        return embed(title, text)

    monkeypatch.setattr(embeddings, "of_passage", look)
    file, found = knowledge.store(io.BytesIO(documents.word("In Kyiv now.")), name="faq.docx")
    document = work(knowledge.replace(document, file=file, format=found))

    assert seen == [("Where are you?\nIn Lviv.", ["In Lviv."])]
    assert (texts(document), document.content) == (["In Kyiv now."], "In Kyiv now.")


def test_a_replacement_that_cannot_be_read_leaves_the_old_passages(in_company: Company, assistant: Assistant) -> None:
    document = put_file(assistant, b"Where are you?\nIn Lviv.", "faq.txt")
    file, found = knowledge.store(io.BytesIO(documents.pdf(scanned=True)), name="faq.pdf")
    document = work(knowledge.replace(document, file=file, format=found))

    assert document.status == "failed"
    assert texts(document) == ["In Lviv."]


def test_another_address_is_fetched_and_the_old_marks_are_forgotten(
    in_company: Company, assistant: Assistant, site: Website
) -> None:
    document = work(knowledge.add_page(assistant, url=site.put("/a", BODY, ETag='"same"')))
    other = site.put("/b", NEWER, ETag='"same"')
    document = work(knowledge.replace(document, url=other))

    assert "one day only" in texts(document)[0]


def test_a_file_that_is_stored_no_more_says_so(in_company: Company, assistant: Assistant) -> None:
    document = put_file(assistant, b"Words", "a.txt")
    document.file.content.storage.delete(document.file.content.name)
    document = work(knowledge.read_again(document))

    assert "not stored any more" in document.status_detail


def test_a_page_may_not_lead_into_our_own_network(in_company: Company, assistant: Assistant, site: Website) -> None:
    site.pages["/sly"] = Answer(302, b"", {"Location": "http://127.0.0.1:1/"})
    document = work(knowledge.add_page(assistant, url=f"{site.origin}/sly"))

    assert "not on the public internet" in document.status_detail
