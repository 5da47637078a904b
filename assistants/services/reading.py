"""Reads the page or the file of a document into text; the network and the parsers are asked outside any transaction."""

from dataclasses import dataclass

from django.conf import settings

from assistants.knowledge.sources import extraction, fetching, formats
from assistants.knowledge.sources.troubles import Unreadable
from assistants.models import KnowledgeDocument
from happ_project.files import services as files


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source says now."""

    text: str
    format: str
    etag: str = ""
    last_modified: str = ""


def read(document: KnowledgeDocument) -> Reading:
    """Raises `Unreadable`. A page that says that it has not changed gives the text it had."""
    if document.kind == KnowledgeDocument.Kind.URL:
        return _page(document)
    return _file(document)


def _page(document: KnowledgeDocument) -> Reading:
    agent = fetching.Agent(name=settings.PAGE_READER_NAME, header=settings.PAGE_READER_USER_AGENT)
    page = fetching.fetch(document.url, agent=agent, etag=document.etag, last_modified=document.last_modified)
    if page is None:
        return Reading(document.content, document.format, document.etag, document.last_modified)
    found = formats.of_page(page.data, mime=page.mime)
    text = extraction.text_of(page.data, found, declared=page.charset)
    return Reading(text, found.name, page.etag, page.last_modified)


def _file(document: KnowledgeDocument) -> Reading:
    try:
        if document.file is None:
            raise FileNotFoundError
        with files.open(document.file) as stored:
            data = stored.read()
    except FileNotFoundError:
        raise Unreadable("file_gone") from None
    found = formats.ALL.get(document.format) or formats.of_upload(data, name=document.file.name)
    return Reading(extraction.text_of(data, found), found.name)
