"""Which model says what passages and questions mean, and the background work of giving passages their vectors.

Every passage has a vector by the local model: search works without any key, while vectors of another model are being
made, and when its server does not answer. Vectors of a company's chosen model come besides; they are asked as soon as
every passage of an assistant has one, and those of a model chosen before go then. See docs/adr/0008-two-vectors.md.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from pgvector import HalfVector

from assistants import selectors
from assistants.errors import ModelRejected, ModelUnavailable
from assistants.knowledge import embeddings
from assistants.llm.openai_embeddings import BATCH, OpenAIEmbedder
from assistants.models import (
    Assistant,
    KnowledgeChunk,
    KnowledgeDocument,
    KnowledgeEmbedding,
    KnowledgeVector,
    ModelSettings,
)
from assistants.retrieval import Facts
from assistants.services import budgets, usage
from happ_project.core import clock, jobs, wording

if TYPE_CHECKING:
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

_LOCAL_BATCH = 16
"""Passages between two commits: a local vector takes some 80 ms, and the work of a killed worker is not lost."""
_WAIT = timedelta(minutes=1)
_REST = 60.0
"""Seconds for which a server that failed a company, or a spent budget, is not asked about questions."""
_resting: dict[tuple[UUID, str], float] = {}

Embed = Callable[[Sequence[KnowledgeChunk]], list[HalfVector]]


def chosen(company_id: UUID) -> OpenAIEmbedder | None:
    """The model that the company, or the platform for it, has chosen beside the local one."""
    own = selectors.model_settings(company_id)
    if own and own.enabled:
        if not own.embedding_model:
            return None
        return _of(own)
    if settings.OPENAI_EMBEDDING_MODEL and (settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL):
        return OpenAIEmbedder(
            api_key=settings.OPENAI_API_KEY or "none",
            base_url=settings.OPENAI_BASE_URL,
            model=settings.OPENAI_EMBEDDING_MODEL,
            operator=True,
        )
    return None


def check(candidate: ModelSettings) -> str:
    """Try its model for search on one word: '' if it works or none is named, else what is wrong. Calls the server."""
    if not candidate.embedding_model:
        return ""
    try:
        _of(candidate).embed(["tea"], hurry=True)
    except (ModelRejected, ModelUnavailable) as error:
        why = wording.translated(str(error))
        return _("The model for search cannot be used: %s.") % why
    return ""


def of_question(assistant: Assistant, question: str, known: Facts, *, local: bool) -> tuple[NDArray, str]:
    """The question's vector, and the model whose vectors it is to be compared with.

    `local`: by the local model in any case, the one that the built-in answerer's thresholds are made for.
    """
    others = not local and any(known.covers(name) for name in known.vectors if name != embeddings.name())
    embedder = chosen(assistant.company_id) if others else None
    mine = assistant.company_id, embedder.name if embedder else ""
    if embedder and known.covers(embedder.name) and _resting.get(mine, 0.0) < clock.monotonic():
        try:
            budgets.refuse_if_spent(assistant.company)
            return _asked(assistant, embedder, question), embedder.name
        except (ModelRejected, ModelUnavailable) as error:
            _resting[mine] = clock.monotonic() + _REST
            log.warning("embeddings of %s: %s; the local model is used", embedder.name, error)
    return _locally(question), embeddings.name()


def complete(document: KnowledgeDocument) -> None:
    """Have the vectors of a chosen model made, in the caller's transaction; those of the local one are there."""
    if chosen(document.company_id) is not None:
        _queue([document])


def refresh_soon(company_id: UUID) -> None:
    """Have a worker look at all documents, after a model was chosen; loads no model, for pages."""
    _queue(list(KnowledgeDocument.objects.filter(company_id=company_id).only("pk", "company_id")))


def problem(company_id: UUID) -> str:
    """Why the chosen model made no vectors when it was last asked, '' if it did."""
    last = KnowledgeEmbedding.objects.filter(company_id=company_id).exclude(last_error="", state__in=jobs.Job.OPEN)
    row = last.order_by("-finished_at", "-id").first()
    return wording.translated(row.last_error) if row and row.last_error and row.state != jobs.Job.State.DONE else ""


def refresh(company_id: UUID) -> int:
    """Have all vectors made that are missing since a model was changed; returns for how many documents."""
    embedder = chosen(company_id)
    names = [embeddings.name(), *([embedder.name] if embedder else [])]
    lacking: set[int] = set()
    for name in names:
        passages = KnowledgeChunk.objects.filter(company_id=company_id)
        lacking |= set(
            passages.exclude(vectors__in=KnowledgeVector.objects.filter(company_id=company_id, model=name))
            .values_list("document_id", flat=True)
            .distinct()
        )
    documents = KnowledgeDocument.objects.filter(company_id=company_id, pk__in=lacking)
    _queue(list(documents.only("pk", "company_id")))
    if not lacking:
        for assistant in Assistant.objects.filter(company_id=company_id):
            _forget_others(assistant.pk, embedder)
    return len(lacking)


def _queue(documents: Sequence[KnowledgeDocument]) -> None:
    rows = [
        KnowledgeEmbedding(
            company_id=document.company_id,
            document_id=document.pk,
            lane=f"{document.company_id}",
            queue=KnowledgeEmbedding.default_queue,
        )
        for document in documents
    ]
    # one that waits already will see this document as it is then
    KnowledgeEmbedding.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def run(job: KnowledgeEmbedding) -> None:
    """The work of one row: vectors that the document's passages lack, in batches, outside any transaction."""
    document = KnowledgeDocument.objects.get(pk=job.document_id)
    _fill(document, embeddings.name(), _embed_locally, size=_LOCAL_BATCH)
    embedder = chosen(job.company_id)
    if embedder is not None:
        try:
            _fill(document, embedder.name, _by(embedder, document), size=BATCH)
        except ModelUnavailable as error:
            wait = _WAIT if error.retry_after is None else timedelta(seconds=error.retry_after)
            raise jobs.Retry(max(wait, timedelta(seconds=1)), str(error), counted=False) from error
        except ModelRejected as error:
            raise jobs.GiveUp(str(error)) from error
    _forget_others(document.assistant_id, embedder)


def _fill(document: KnowledgeDocument, name: str, embed: Embed, *, size: int) -> None:
    has = KnowledgeVector.objects.filter(assistant_id=document.assistant_id, model=name)
    lacking = list(KnowledgeChunk.objects.filter(document=document).exclude(vectors__in=has).order_by("position"))
    for start in range(0, len(lacking), size):
        batch = lacking[start : start + size]
        made = embed(batch)
        with transaction.atomic():
            # passages that were replaced meanwhile need no vector
            alive = set(
                KnowledgeChunk.objects.select_for_update().filter(pk__in=[each.pk for each in batch]).values_list("pk")
            )
            rows = [
                KnowledgeVector(
                    company_id=chunk.company_id,
                    chunk=chunk,
                    assistant_id=chunk.assistant_id,
                    model=name,
                    embedding=vector,
                )
                for chunk, vector in zip(batch, made, strict=True)
                if (chunk.pk,) in alive
            ]
            KnowledgeVector.objects.bulk_create(rows, ignore_conflicts=True)


def _embed_locally(chunks: Sequence[KnowledgeChunk]) -> list[HalfVector]:
    return [HalfVector(embeddings.of_passage(chunk.title, chunk.text)) for chunk in chunks]


def _by(embedder: OpenAIEmbedder, document: KnowledgeDocument) -> Embed:
    def embed(chunks: Sequence[KnowledgeChunk]) -> list[HalfVector]:
        budgets.refuse_if_spent(document.company)
        texts = [f"{chunk.title}\n{chunk.text}".strip() for chunk in chunks]
        made = embedder.embed(texts)
        usage.record(
            company_id=document.company_id,
            assistant_id=document.assistant_id,
            purpose=usage.Purpose.EMBEDDING,
            usage=made.usage,
            subject=str(document.public_id),
        )
        return [HalfVector(vector) for vector in made.vectors]

    return embed


def _forget_others(assistant_id: UUID, embedder: OpenAIEmbedder | None) -> None:
    """Vectors of models that are not asked any more go when those of the present models are complete."""
    present = [embeddings.name(), *([embedder.name] if embedder else [])]
    vectors = KnowledgeVector.objects.filter(assistant_id=assistant_id)
    passages = KnowledgeChunk.objects.filter(assistant_id=assistant_id).count()
    if all(vectors.filter(model=name).count() >= passages for name in present):
        vectors.exclude(model__in=present).delete()


def _of(own: ModelSettings) -> OpenAIEmbedder:
    key = own.credentials.get("api_key") or "none"
    return OpenAIEmbedder(api_key=key, base_url=own.base_url, model=own.embedding_model)


@lru_cache(maxsize=512)
def _locally(question: str) -> NDArray:
    return embeddings.of_question(question)


def _asked(assistant: Assistant, embedder: OpenAIEmbedder, question: str) -> NDArray:
    import numpy as np

    made = embedder.embed([question], hurry=True)
    usage.record(
        company_id=assistant.company_id,
        assistant_id=assistant.pk,
        purpose=usage.Purpose.EMBEDDING,
        usage=made.usage,
        subject="question",
    )
    return np.array(made.vectors[0]) * embeddings.FOREIGN_WEIGHT
