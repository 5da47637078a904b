"""Questions to what assistants are and know: lists for pages and programs. What finds passages is `retrieval`."""

from uuid import UUID

from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import Left

from assistants.knowledge import direct
from assistants.llm import estimates
from assistants.models import (
    Assistant,
    KnowledgeChunk,
    KnowledgeDocument,
    KnowledgeSearch,
    KnowledgeTally,
    LlmModel,
    ModelSettings,
)
from happ_project.core import prepared


class _Bytes(models.Func):
    """How long a text is in UTF-8."""

    function = "octet_length"
    output_field = models.IntegerField()


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


def trial(assistant_id: UUID, public_id: UUID) -> KnowledgeSearch:
    """A search that somebody tried. Raises `KnowledgeSearch.DoesNotExist`."""
    return KnowledgeSearch.objects.get(assistant_id=assistant_id, public_id=public_id)


def chunks(document: KnowledgeDocument) -> models.QuerySet[KnowledgeChunk]:
    """How the document was cut, in order."""
    return KnowledgeChunk.objects.filter(document=document).order_by("position")


def told_whole(assistant: Assistant) -> list[direct.Told]:
    """What is to be told to a language model with every question, in order, and whether it finds room."""
    found = KnowledgeDocument.objects.filter(assistant=assistant, is_vector=False).exclude(content="")
    sizes = found.order_by("id").values_list("public_id", "name", _Bytes("content"))
    return direct.share_out((str(document_id), name, size) for document_id, name, size in sizes)


def direct_knowledge(assistant: Assistant) -> dict[str, direct.Text]:
    """The texts that found room there, by document."""
    texts = {
        str(document_id): direct.Text(name, begins, kind == KnowledgeDocument.Kind.URL)
        for document_id, name, begins, kind in _direct_knowledge(assistant.pk)
    }
    shares = direct.share_out((key, text.name, len(text.text.encode())) for key, text in texts.items())
    return {each.document_id: texts[each.document_id] for each in shares if each.fits}


@prepared.query
def _direct_knowledge(assistant_id: UUID) -> "models.QuerySet[KnowledgeDocument, tuple[UUID, str, str, str]]":
    """What is too long for all the room need not be read to its end."""
    found: models.QuerySet[KnowledgeDocument] = KnowledgeDocument.objects.filter(assistant_id=assistant_id)
    found = found.filter(is_vector=False).exclude(content="").order_by("id")
    most = direct.BUDGET * estimates.BYTES_OF_TOKEN + 1
    return found.values_list("public_id", "name", Left("content", most), "kind")


def knows_passages(assistant: Assistant) -> bool:
    """Whether there is anything to be found for it at all."""
    return _passages.first(assistant.pk) is not None


@prepared.query
def _passages(assistant_id: UUID) -> "models.QuerySet[KnowledgeTally, tuple[int]]":
    found: models.QuerySet[KnowledgeTally] = KnowledgeTally.objects.filter(assistant_id=assistant_id, model="")
    return found.filter(count__gt=0).values_list("count")


def model_settings(company_id: UUID) -> ModelSettings | None:
    """The company's own access to a model, if it has one."""
    return _model_settings.first(company_id)


@prepared.query
def _model_settings(company_id: UUID) -> models.QuerySet[ModelSettings]:
    found: models.QuerySet[ModelSettings] = ModelSettings.objects.filter(company_id=company_id)
    return found


def llm_models(kind: str = "") -> models.QuerySet[LlmModel]:
    """Models that can be chosen by id, of every company."""
    found = LlmModel.objects.all()
    return (found.filter(kind=kind) if kind else found).order_by("provider", "name")
