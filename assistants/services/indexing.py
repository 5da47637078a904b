"""Reads a document into passages with lemmas and vectors, and puts them in place of the old ones at one stroke."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from pgvector import HalfVector

from assistants.events import DocumentIndexed
from assistants.knowledge import chunking, embeddings, lemmas
from assistants.knowledge.chunking import Piece
from assistants.knowledge.sources import formats
from assistants.knowledge.sources.troubles import Unreadable
from assistants.models import KnowledgeChunk, KnowledgeDocument, KnowledgeVector
from assistants.services import embedding, reading
from assistants.services.reading import Reading
from happ_project.core import clock, events, jobs, realtime

_MOST_PASSAGES = 3_000
_PAUSES = (timedelta(seconds=30), timedelta(minutes=2))
"""Before a page whose site is in trouble is asked again."""
_SECONDS_BETWEEN_SIGNS = 0.5
LIVE = "KNOWLEDGE_PROGRESS"
"""The name under which sockets hear how far a document is."""

Status = KnowledgeDocument.Status


def run(document: KnowledgeDocument) -> None:
    """The work of a document's row; fetches, parses and embeds outside any transaction."""
    _join_line(document)
    now = Reading(document.content, document.format, document.etag, document.last_modified)
    trouble: Unreadable | None = None
    try:
        if document.source_unread:
            now, trouble = _read(document, now)
        if _digest(document, now) == document.indexed_as:
            _settle(document, now, trouble)
            return
        _show(document, Status.SPLITTING)
        pieces = split(document, now)
        if not pieces:
            raise Unreadable("no_text")
        if len(pieces) > _MOST_PASSAGES:
            raise Unreadable("too_many_passages", limit=_MOST_PASSAGES)
    except Unreadable as refusal:
        _fail(document, refusal)
        return
    _swap(document, now, pieces, trouble)


def line_of(company_id: Any) -> str:
    """The lane of a company: one document of it is read at a time, so that those of others are read beside."""
    return f"company:{company_id}"


def _join_line(document: KnowledgeDocument) -> None:
    """What waited for its time by itself waits now for its company's other documents, if there are any."""
    line = line_of(document.company_id)
    if document.lane == line:
        return
    jobs.owned(document).update(lane=line)
    document.lane = line
    before = KnowledgeDocument.objects.filter(lane=line, state__in=jobs.Job.OPEN).exclude(pk=document.pk)
    if before.filter(Q(id__lt=document.pk) | Q(state=jobs.Job.State.RUNNING)).exists():
        raise jobs.Retry(timedelta(0), counted=False)


def _leave_line(document: KnowledgeDocument) -> None:
    """It waits for something else than its company's other documents, and must not keep them waiting."""
    jobs.owned(document).update(lane=str(document.public_id))


def _read(document: KnowledgeDocument, before: Reading) -> tuple[Reading, Unreadable | None]:
    """The source as it is; a page that was read once goes on with what it said then, and the trouble is told."""
    _show(document, Status.READING)
    try:
        return reading.read(document), None
    except Unreadable as trouble:
        if trouble.passing and document.attempts <= len(_PAUSES):
            _show(document, Status.WAITING if document.read_at is None else Status.READY, trouble)
            _leave_line(document)
            raise jobs.Retry(_PAUSES[document.attempts - 1], str(trouble)) from None
        if document.read_at is None:
            raise
        return before, trouble


def split(document: KnowledgeDocument, now: Reading) -> list[Piece]:
    """The rows of a table are items, however a text would be cut."""
    found = formats.ALL.get(now.format)
    if document.chunking_strategy == KnowledgeDocument.Chunking.ITEMS or (found is not None and found.rows):
        return chunking.by_items(now.text, delimiter=document.item_delimiter)
    # a text of nothing but short lines has only headings, and is told all the same
    return chunking.by_length(now.text) or chunking.by_items(now.text, delimiter="")


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


def _vectors(document: KnowledgeDocument, chunks: Sequence[KnowledgeChunk]) -> Iterator[KnowledgeVector]:
    """One after another, with a sign of life now and then."""
    told_at = 0.0
    for done, chunk in enumerate(chunks):
        if clock.monotonic() - told_at >= _SECONDS_BETWEEN_SIGNS:
            _show(document, Status.EMBEDDING, done=done, total=len(chunks))
            told_at = clock.monotonic()
        yield _vector(chunk)


def _vector(chunk: KnowledgeChunk) -> KnowledgeVector:
    return KnowledgeVector(
        company_id=chunk.company_id,
        chunk=chunk,
        assistant_id=chunk.assistant_id,
        model=embeddings.name(),
        embedding=HalfVector(embeddings.of_passage(chunk.title, chunk.text)),
    )


def _swap(document: KnowledgeDocument, now: Reading, pieces: Sequence[Piece], trouble: Unreadable | None) -> None:
    """Whoever searches sees the old passages or the new ones, never none and never both."""
    chunks = [_chunk(document, position, piece) for position, piece in enumerate(pieces)]
    vectors = list(_vectors(document, chunks))
    with transaction.atomic():
        _current(document)
        KnowledgeChunk.objects.filter(document=document).delete()
        KnowledgeChunk.objects.bulk_create(chunks, batch_size=200)
        KnowledgeVector.objects.bulk_create(vectors, batch_size=200)
        embedding.complete(document)
        _settle(document, now, trouble, is_new=True)


def _settle(document: KnowledgeDocument, now: Reading, trouble: Unreadable | None, *, is_new: bool = False) -> None:
    """Ready, with what its source said; a page that is read again from time to time waits for its next visit."""
    with transaction.atomic():
        current = _current(document)
        changed = jobs.owned(document).update(
            content=now.text,
            format=now.format,
            etag=now.etag,
            last_modified=now.last_modified,
            source_unread=False,
            read_at=clock.now() if document.source_unread and trouble is None else current.read_at,
            indexed_as=_digest(document, now),
        )
        if not changed:
            raise jobs.LostLease
        _close(document, current, Status.READY, trouble, tell=is_new or trouble is not None)


def _fail(document: KnowledgeDocument, trouble: Unreadable) -> None:
    with transaction.atomic():
        _close(document, _current(document), Status.FAILED, trouble)


def _close(
    document: KnowledgeDocument,
    current: KnowledgeDocument,
    status: str,
    trouble: Unreadable | None,
    *,
    tell: bool = True,
) -> None:
    _show(document, status, trouble)
    why = str(trouble) if trouble else ""
    visit = next_visit(current)
    if visit is not None:
        jobs.owned(document).update(source_unread=True)
        _leave_line(document)
        document.attempts = 0
        jobs.postpone(document, visit - clock.now(), error=why, counted=False)
    else:
        failed = status == Status.FAILED
        jobs.finish(document, document.State.FAILED if failed else document.State.DONE, error=why)
    if tell:
        events.publish(DocumentIndexed(document.company_id, document.assistant_id, document.public_id, why))


def next_visit(document: KnowledgeDocument) -> datetime | None:
    """When a page is to be read again; None: never by itself."""
    if document.kind != KnowledgeDocument.Kind.URL or not document.recrawl_hours:
        return None
    return clock.now() + timedelta(hours=document.recrawl_hours)


def _current(document: KnowledgeDocument) -> KnowledgeDocument:
    """The row, locked, if it still names the source and the cut that this work is about."""
    current = KnowledgeDocument.objects.select_for_update().filter(pk=document.pk).first()
    if current is None:
        raise jobs.LostLease
    if _source(current) != _source(document):
        raise jobs.Retry(timedelta(0), "the source was changed while it was read", counted=False)
    return current


def _source(document: KnowledgeDocument) -> tuple[object, ...]:
    cut = document.chunking_strategy, document.item_delimiter
    return (document.kind, document.content, document.url, document.file_id, *cut)


def _digest(document: KnowledgeDocument, now: Reading) -> str:
    found = now.format, document.chunking_strategy, document.item_delimiter, now.text
    return hashlib.sha256("\0".join(found).encode()).hexdigest()


def gave_up(document: KnowledgeDocument) -> None:
    """The row failed for good at something nobody foresaw; runs in the transaction that closed it."""
    trouble = Unreadable("our_fault")
    KnowledgeDocument.objects.filter(pk=document.pk).update(status=Status.FAILED, **_told(trouble))
    events.publish(DocumentIndexed(document.company_id, document.assistant_id, document.public_id, str(trouble)))


def _told(trouble: Unreadable | None) -> dict[str, object]:
    return {"status_detail": str(trouble or ""), "trouble": trouble.as_json() if trouble else None}


def _show(
    document: KnowledgeDocument, status: str, trouble: Unreadable | None = None, *, done: int = 0, total: int = 0
) -> None:
    """Tell the row and whoever looks at it how far it is."""
    said = {"status": status, "progress_done": done, "progress_total": total, **_told(trouble)}
    if not jobs.owned(document).update(updated_at=clock.now(), **said):
        raise jobs.LostLease
    about = {"assistantId": str(document.assistant_id), "knowledgeId": str(document.public_id)}
    data = {**about, "status": status, "done": done, "total": total}
    realtime.push_on_commit(realtime.company_topic(document.company_id), {"type": LIVE, "data": data})
