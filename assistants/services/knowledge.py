"""What assistants know: texts, pages and files, added, replaced and removed; the rows are the jobs that index them."""

from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext

from assistants.knowledge.sources import fetching, formats, troubles
from assistants.knowledge.sources.troubles import Unreadable
from assistants.models import Assistant, KnowledgeChunk, KnowledgeDocument
from assistants.services import indexing
from happ_project.core import allowance, clock
from happ_project.files import services as files
from happ_project.files.models import StoredFile

Kind = KnowledgeDocument.Kind
Status = KnowledgeDocument.Status

_SOURCE = {"url", "file", "format"}
_COPIED = (
    "kind",
    "name",
    "description",
    "content",
    "url",
    "format",
    "is_vector",
    "is_system",
    "chunking_strategy",
    "item_delimiter",
    "recrawl_hours",
)
_CUT = {"content", "chunking_strategy", "item_delimiter"}


def add_text(assistant: Assistant, *, name: str, content: str, **fields: Any) -> KnowledgeDocument:
    """A text the assistant can answer from, some seconds from now. `fields`: other columns."""
    return _add(assistant, kind=Kind.TEXT, name=name, content=content, **fields)


def add_page(assistant: Assistant, *, url: str, name: str = "", **fields: Any) -> KnowledgeDocument:
    """A page of the web, fetched in the background. Raises `Unreadable` for what is no address."""
    fetching.check_address(url)
    return _add(assistant, kind=Kind.URL, name=name or _short(url), url=url, source_unread=True, **fields)


def add_file(
    assistant: Assistant, *, file: StoredFile, format: str = "", name: str = "", **fields: Any
) -> KnowledgeDocument:
    """A stored file, parsed in the background; `format` as `store` found it, '' if that is still to be found."""
    name = name or file.name or str(file)
    return _add(assistant, kind=Kind.FILE, name=name, file=file, format=format, source_unread=True, **fields)


def _add(assistant: Assistant, **fields: Any) -> KnowledgeDocument:
    allowance.check("documents", KnowledgeDocument.objects.filter(company=assistant.company_id))
    fields["name"] = fields["name"][:200]
    lane = indexing.line_of(assistant.company_id)
    return KnowledgeDocument.objects.create(company_id=assistant.company_id, assistant=assistant, lane=lane, **fields)


def copy(document: KnowledgeDocument, assistant: Assistant) -> KnowledgeDocument:
    """The same for that assistant, perhaps of another company, in whose scope this is called. A source is read anew."""
    fields = {name: getattr(document, name) for name in _COPIED}
    file = document.file
    if file is not None and file.company_id != assistant.company_id:
        try:
            with files.open(file) as stored:
                file = files.store(stored, name=file.name, mime=file.mime, most_bytes=formats.LARGEST)
        except FileNotFoundError:
            file = None
    unread = document.kind == Kind.URL or file is not None
    return _add(assistant, file=file, source_unread=unread, **fields)


def store(content: BinaryIO, *, name: str) -> tuple[StoredFile, str]:
    """Keep an uploaded file; returns it with its format. Raises `Unreadable` for what could never be read."""
    data = content.read(formats.LARGEST + 1)
    found = formats.of_upload(data, name=name)
    return files.store(data, name=name, mime=found.mime, most_bytes=formats.LARGEST), found.name


def said(trouble: Unreadable) -> str:
    """Why, in the language of whoever asks."""
    return gettext(troubles.SENTENCES[trouble.code]) % trouble.params


def _short(url: str) -> str:
    """An address as people say it."""
    return url.partition("://")[2].removeprefix("www.").partition("?")[0].rstrip("/") or url


def replace(document: KnowledgeDocument, **changes: Any) -> KnowledgeDocument:
    """Change columns. What changes the passages is read again; until then the old passages answer.

    Raises `Unreadable` for an address that is none.
    """
    if "url" in changes:
        fetching.check_address(changes["url"])
    with transaction.atomic():
        locked = KnowledgeDocument.objects.select_for_update().get(pk=document.pk)
        different = {name for name, value in changes.items() if getattr(locked, name) != value}
        for field in different:
            setattr(locked, field, changes[field])
        if different & _SOURCE:
            # nothing of what was said of the old source holds for the new one
            locked.etag = locked.last_modified = ""
            locked.read_at = None
            locked.source_unread = True
        if different & (_SOURCE | _CUT):
            _index_again(locked)
        elif "recrawl_hours" in different:
            _plan_visit(locked)
        locked.save()
    return locked


def read_again(document: KnowledgeDocument) -> KnowledgeDocument:
    """Somebody asks for it: after a failure, or because the page has changed."""
    with transaction.atomic():
        locked = KnowledgeDocument.objects.select_for_update().get(pk=document.pk)
        locked.source_unread = locked.kind != Kind.TEXT
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
    document.trouble, document.progress_done, document.progress_total = None, 0, 0
    document.run_at, document.locked_until, document.finished_at = clock.now(), None, None
    document.indexed_as = ""
    # A worker that is reading the old text sees at its end that the text has changed. Should it have the number of the
    # new attempt, it closes the row with what it read, and that check sends the row round once more.
    document.attempts = 0


def _plan_visit(document: KnowledgeDocument) -> None:
    """The next visit by the new interval, if the row is at rest; one at work plans it when it ends."""
    if not document.is_settled:
        return
    visit = indexing.next_visit(document)
    if visit is not None:
        document.state, document.run_at, document.finished_at = document.State.WAITING, visit, None
        document.source_unread, document.lane = True, str(document.public_id)
    elif document.state == document.State.WAITING:
        failed = document.status == Status.FAILED
        document.state = document.State.FAILED if failed else document.State.DONE
        document.source_unread, document.finished_at = failed, clock.now()
    document.locked_until = None
