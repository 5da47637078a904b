"""What assistants know: texts added, replaced and removed; the rows are also the jobs that index them."""

from typing import Any
from uuid import UUID

from django.db import transaction

from assistants.knowledge import embeddings
from assistants.models import Assistant, KnowledgeChunk, KnowledgeDocument
from happ_project.core import clock, ids
from happ_project.core.jobs import Job

Chunking = KnowledgeDocument.Chunking
Status = KnowledgeDocument.Status


def add_text(
    assistant: Assistant,
    *,
    name: str,
    content: str,
    description: str = "",
    is_vector: bool = True,
    is_system: bool = False,
    chunking_strategy: str = Chunking.TOKENS,
    item_delimiter: str = "",
) -> KnowledgeDocument:
    """A text the assistant can answer from, some seconds from now."""
    public_id = ids.new_id()
    return KnowledgeDocument.objects.create(
        company_id=assistant.company_id,
        assistant=assistant,
        public_id=public_id,
        lane=str(public_id),
        name=name,
        content=content,
        description=description,
        is_vector=is_vector,
        is_system=is_system,
        chunking_strategy=chunking_strategy,
        item_delimiter=item_delimiter,
    )


def replace(document: KnowledgeDocument, **changes: Any) -> KnowledgeDocument:
    """Change fields. A new text, or a new way of cutting it, is indexed again; until then the old passages answer."""
    with transaction.atomic():
        locked = KnowledgeDocument.objects.select_for_update().get(pk=document.pk)
        for field, value in changes.items():
            setattr(locked, field, value)
        if changes.keys() & {"content", "chunking_strategy", "item_delimiter"}:
            _index_again(locked)
        locked.save()
    return locked


def reindex(document: KnowledgeDocument) -> KnowledgeDocument:
    """Read it again, after a failure or when the embedding model has changed."""
    with transaction.atomic():
        locked = KnowledgeDocument.objects.select_for_update().get(pk=document.pk)
        _index_again(locked)
        locked.save()
    return locked


def refresh_outdated(company_id: UUID) -> int:
    """Read again what was embedded by another model than today's; returns how many documents."""
    current = KnowledgeChunk.objects.filter(company_id=company_id).exclude(embedding_model=embeddings.name())
    outdated = KnowledgeDocument.objects.filter(pk__in=current.values("document_id")).exclude(state__in=Job.OPEN)
    for document in outdated:
        reindex(document)
    return len(outdated)


def remove(document: KnowledgeDocument) -> None:
    """Forget it and its passages; an indexing that is under way finds its row gone and gives up."""
    with transaction.atomic():
        KnowledgeChunk.objects.filter(document=document).delete()
        KnowledgeDocument.objects.filter(pk=document.pk).delete()


def _index_again(document: KnowledgeDocument) -> None:
    document.state, document.status, document.status_detail = document.State.WAITING, Status.WAITING, ""
    document.run_at, document.locked_until, document.finished_at = clock.now(), None, None
    # A worker that is reading the old text sees at its end that the text has changed. Should it have the number of the
    # new attempt, it closes the row with what it read, and that check sends the row round once more.
    document.attempts = 0
