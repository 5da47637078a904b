"""What assistants know: texts added, replaced and removed; the rows are also the jobs that index them."""

from typing import Any

from django.db import transaction

from assistants.models import Assistant, KnowledgeChunk, KnowledgeDocument
from happ_project.core import clock, ids

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
    """Read it again, after a failure."""
    with transaction.atomic():
        locked = KnowledgeDocument.objects.select_for_update().get(pk=document.pk)
        _index_again(locked)
        locked.save()
    return locked


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
