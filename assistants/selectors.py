"""Questions to what assistants know: hybrid search for answers, lists for pages and programs."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector, TrigramWordSimilarity
from django.db import connection, models
from django.db.models import Count, Q, Value
from pgvector import HalfVector
from pgvector.django import MaxInnerProduct

from assistants.knowledge import embeddings, fusion, lemmas
from assistants.models import Assistant, KnowledgeChunk, KnowledgeDocument, LlmModel, ModelSettings
from assistants.types import Passage

_CANDIDATES = 12
"""From each of the three searches."""
_MOST_WORDS, _MOST_MISSPELT = 16, 3
_LETTERS_AT_LEAST = 4
_COMMON_FROM, _COMMON_SHARE = 40, 10
"""A word in more passages than so many, or than one in so many, finds nothing that meaning would not."""
_LONGEST_QUESTION = 500

# must be the expression of the index `chunk_lemmas`
_COUNT_WORDS = """
    SELECT word, (
        SELECT count(*) FROM assistants_knowledgechunk
        WHERE assistant_id = %(assistant)s
          AND to_tsvector('simple'::regconfig, COALESCE(lemmas, '')) @@ plainto_tsquery('simple', word)
    ) FROM unnest(%(words)s::text[]) AS word
    UNION ALL
    SELECT '', count(*) FROM assistants_knowledgechunk WHERE assistant_id = %(assistant)s"""


def search(assistant: Assistant, question: str) -> list[Passage]:
    """Passages of the assistant's knowledge for a question, best first, by meaning, words and letters together.

    Embeds the question: only for processes that may load the embedding model (the `ai` workers).
    """
    asked = question[:_LONGEST_QUESTION].strip()
    if not asked:
        return []
    words = lemmas.content_lemmas(asked)[:_MOST_WORDS]
    counts, total = word_counts(assistant, words)
    telling = [word for word in words if 0 < counts[word] <= max(_COMMON_FROM, total // _COMMON_SHARE)]
    unheard = [word for word in words if not counts[word]]
    vector = HalfVector(embeddings.of_question(asked))
    found: dict[UUID, fusion.Candidate] = {}
    searches = (
        by_meaning(assistant, vector),
        by_words(assistant, telling, vector),
        by_letters(assistant, unheard, vector),
    )
    for rows in searches:
        for row in rows:
            found.setdefault(row["id"], _candidate(row))
    rarities = {word: fusion.rarity(counts[word], total) for word in words}
    return fusion.rank(asked, found.values(), rarities=rarities)


def by_meaning(assistant: Assistant, vector: HalfVector) -> models.QuerySet:
    """The nearest passages. The scan is exact: one assistant's knowledge is small, an HNSW index could miss some."""
    return _chunks(assistant, vector).order_by("distance", "id")[:_CANDIDATES]


def by_words(assistant: Assistant, words: list[str], vector: HalfVector) -> models.QuerySet:
    """Passages that share words with the question, whatever their endings."""
    chunks = _chunks(assistant, vector)
    if not words:
        return chunks.none()
    terms = SearchVector("lemmas", config="simple")
    query = SearchQuery(" | ".join(words), config="simple", search_type="raw")
    matching = chunks.annotate(terms=terms).filter(terms=query)
    return matching.annotate(rank=SearchRank(terms, query)).order_by("-rank", "id")[:_CANDIDATES]


def by_letters(assistant: Assistant, words: list[str], vector: HalfVector) -> models.QuerySet:
    """Passages with words spelt almost like the question's: for typos and names."""
    chunks = _chunks(assistant, vector)
    long = [word for word in words if len(word) >= _LETTERS_AT_LEAST][:_MOST_MISSPELT]
    if not long:
        return chunks.none()
    similar = Q()
    alike: Any = Value(0.0)
    for word in long:
        similar |= Q(lemmas__trigram_word_similar=word)
        alike += TrigramWordSimilarity(word, "lemmas")
    return chunks.filter(similar).annotate(alike=alike).order_by("-alike", "id")[:_CANDIDATES]


def word_counts(assistant: Assistant, words: list[str]) -> tuple[dict[str, int], int]:
    """In how many of the assistant's passages each word stands, and how many passages there are."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_WORDS, {"assistant": assistant.pk, "words": words})
        counts: dict[str, int] = dict(cursor.fetchall())
    total = counts.pop("")
    return counts, total


def _chunks(assistant: Assistant, vector: HalfVector) -> models.QuerySet:
    chunks = KnowledgeChunk.objects.filter(assistant=assistant, embedding_model=embeddings.name())
    # pgvector gives the negative inner product, so that "nearest first" is an ascending order
    nearest = chunks.annotate(distance=MaxInnerProduct("embedding", vector))
    return nearest.values("id", "document_id", "title", "text", "distance")


def _candidate(row: Mapping[str, Any]) -> fusion.Candidate:
    return fusion.Candidate(
        id=str(row["id"]),
        document_id=str(row["document_id"]),
        title=row["title"],
        text=row["text"],
        semantic=-row["distance"],
    )


# --- lists ------------------------------------------------------------------------------------------------------------


def assistants() -> models.QuerySet[Assistant]:
    """Those that exist, by name, with how many documents each has (`document_count`)."""
    found = Assistant.objects.filter(deleted_at=None)
    return found.annotate(document_count=Count("documents", filter=Q(documents__is_system=False))).order_by(
        "name", "id"
    )


def assistant(assistant_id: UUID) -> Assistant:
    """Raises `Assistant.DoesNotExist`."""
    return Assistant.objects.get(pk=assistant_id, deleted_at=None)


def documents(assistant: Assistant) -> models.QuerySet[KnowledgeDocument]:
    """What the assistant was given to know, without the texts themselves, with `chunk_count`."""
    found = KnowledgeDocument.objects.filter(assistant=assistant).defer("content")
    return found.annotate(chunk_count=Count("chunks")).order_by("id")


def document(public_id: UUID) -> KnowledgeDocument:
    """Raises `KnowledgeDocument.DoesNotExist`."""
    found = KnowledgeDocument.objects.select_related("assistant")
    return found.get(public_id=public_id, assistant__deleted_at=None)


def chunks(document: KnowledgeDocument) -> models.QuerySet[KnowledgeChunk]:
    """How the document was cut, in order, without the vectors."""
    return KnowledgeChunk.objects.filter(document=document).defer("embedding").order_by("position")


def direct_knowledge(assistant: Assistant) -> list[str]:
    """Texts that are told to a language model whole, with every question."""
    found = KnowledgeDocument.objects.filter(assistant=assistant, is_vector=False).exclude(content="")
    return list(found.order_by("id").values_list("content", flat=True))


def model_settings(company_id: UUID) -> ModelSettings | None:
    """The company's own access to a model, if it has one."""
    return ModelSettings.objects.filter(company_id=company_id).first()


def llm_models(kind: str = "") -> models.QuerySet[LlmModel]:
    """Models that can be chosen by id, of every company."""
    found = LlmModel.objects.all()
    return (found.filter(kind=kind) if kind else found).order_by("provider", "name")
