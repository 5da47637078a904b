"""Reads a document into passages with lemmas and vectors, and puts them in place of the old ones at one stroke."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from pgvector import HalfVector

from assistants.events import DocumentIndexed
from assistants.knowledge import chunking, embeddings, lemmas
from assistants.knowledge.chunking import Piece
from assistants.models import KnowledgeChunk, KnowledgeDocument, KnowledgeVector
from assistants.services import embedding
from happ_project.core import clock, events, jobs

_MOST_PASSAGES = 3_000

Status = KnowledgeDocument.Status


def run(document: KnowledgeDocument) -> None:
    """The work of a document's row; embeds outside any transaction."""
    if document.kind != KnowledgeDocument.Kind.TEXT:
        _fail(document, _("Web pages and files cannot be read yet; paste the text instead."))
        return
    _show(document, Status.SPLITTING)
    pieces = split(document)
    if not pieces:
        _fail(document, _("There is no text in it."))
        return
    if len(pieces) > _MOST_PASSAGES:
        _fail(document, _("The text is too long: it makes more than %d passages.") % _MOST_PASSAGES)
        return
    _show(document, Status.EMBEDDING)
    chunks = [_chunk(document, position, piece) for position, piece in enumerate(pieces)]
    _swap(document, chunks, [_vector(chunk) for chunk in chunks])


def split(document: KnowledgeDocument) -> list[Piece]:
    if document.chunking_strategy == KnowledgeDocument.Chunking.ITEMS:
        return chunking.by_items(document.content, delimiter=document.item_delimiter)
    return chunking.by_length(document.content)


def _chunk(document: KnowledgeDocument, position: int, piece: Piece) -> KnowledgeChunk:
    return KnowledgeChunk(
        company_id=document.company_id,
        document=document,
        assistant_id=document.assistant_id,
        position=position,
        title=piece.title,
        text=piece.text,
        lemmas=" ".join(lemmas.lemmas(f"{piece.title} {piece.text}")),
    )


def _vector(chunk: KnowledgeChunk) -> KnowledgeVector:
    return KnowledgeVector(
        company_id=chunk.company_id,
        chunk=chunk,
        assistant_id=chunk.assistant_id,
        model=embeddings.name(),
        embedding=HalfVector(embeddings.of_passage(chunk.title, chunk.text)),
    )


def _swap(document: KnowledgeDocument, chunks: Sequence[KnowledgeChunk], vectors: Sequence[KnowledgeVector]) -> None:
    """Whoever searches sees the old passages or the new ones, never none and never both."""
    with transaction.atomic():
        current = KnowledgeDocument.objects.select_for_update().filter(pk=document.pk).first()
        if current is None:
            raise jobs.LostLease
        if _wording(current) != _wording(document):
            raise jobs.Retry(timedelta(0), "the text was changed while it was read", counted=False)
        KnowledgeChunk.objects.filter(document=document).delete()
        KnowledgeChunk.objects.bulk_create(chunks, batch_size=200)
        KnowledgeVector.objects.bulk_create(vectors, batch_size=200)
        embedding.complete(document)
        _close(document, Status.READY)


def _wording(document: KnowledgeDocument) -> tuple[str, str, str]:
    return document.content, document.chunking_strategy, document.item_delimiter


def gave_up(document: KnowledgeDocument) -> None:
    """The row failed for good at something nobody foresaw; runs in the transaction that closed it."""
    why = _("It could not be read because of an error on our side.")
    KnowledgeDocument.objects.filter(pk=document.pk).update(status=Status.FAILED, status_detail=why)
    _tell(document, why)


def _fail(document: KnowledgeDocument, why: str) -> None:
    with transaction.atomic():
        _close(document, Status.FAILED, why)


def _close(document: KnowledgeDocument, status: str, why: str = "") -> None:
    _show(document, status, why)
    jobs.finish(document, document.State.FAILED if why else document.State.DONE, error=why)
    _tell(document, why)


def _show(document: KnowledgeDocument, status: str, why: str = "") -> None:
    if not jobs.owned(document).update(status=status, status_detail=why, updated_at=clock.now()):
        raise jobs.LostLease


def _tell(document: KnowledgeDocument, why: str) -> None:
    events.publish(DocumentIndexed(document.company_id, document.assistant_id, document.public_id, why))
