"""Staff's pages of the mind."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from assistants.models import (
    Assistant,
    AssistantTest,
    AssistantTool,
    AssistantVersion,
    Budget,
    KnowledgeChunk,
    KnowledgeDocument,
    KnowledgeEmbedding,
    KnowledgeSearch,
    KnowledgeTally,
    KnowledgeVector,
    KnowledgeWord,
    LlmModel,
    McpServer,
    ModelSettings,
    Publication,
    Rehearsal,
    UsageRecord,
)
from happ_project.core.admin import JobAdmin, LookOnly


@admin.register(LlmModel)
class LlmModelAdmin(LookOnly):
    """Prices and names are staff's to keep."""

    list_display: ClassVar[Any] = ("provider", "name", "kind", "input_price", "output_price")
    editable = ("provider", "name", "kind", "input_price", "output_price")

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return bool(request.user.is_superuser)


@admin.register(ModelSettings)
class ModelSettingsAdmin(LookOnly):
    list_display: ClassVar[Any] = ("company", "base_url", "model", "enabled", "updated_at")


@admin.register(Assistant)
class AssistantAdmin(LookOnly):
    list_display: ClassVar[Any] = ("name", "company", "language", "model", "updated_at", "deleted_at")
    search_fields: ClassVar[Any] = ("name", "company__name")
    ordering: ClassVar[Any] = ("-created_at",)


@admin.register(AssistantTool)
class AssistantToolAdmin(LookOnly):
    list_display: ClassVar[Any] = ("name", "assistant", "company", "type", "enabled", "updated_at")
    list_filter: ClassVar[Any] = ("type",)
    search_fields: ClassVar[Any] = ("name",)


@admin.register(McpServer)
class McpServerAdmin(LookOnly):
    list_display: ClassVar[Any] = ("name", "assistant", "company", "enabled", "asked_at", "problem")
    search_fields: ClassVar[Any] = ("name",)


@admin.register(AssistantTest)
class AssistantTestAdmin(LookOnly):
    list_display: ClassVar[Any] = ("name", "assistant", "company", "updated_at")
    search_fields: ClassVar[Any] = ("name",)


@admin.register(Rehearsal)
class RehearsalAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "test", "company", "verdict", "state", "last_error_line")
    list_filter: ClassVar[Any] = ("verdict",)


@admin.register(Publication)
class PublicationAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "assistant", "company", "outcome", "author", "state", "last_error_line")
    list_filter: ClassVar[Any] = ("outcome",)


@admin.register(AssistantVersion)
class AssistantVersionAdmin(LookOnly):
    list_display: ClassVar[Any] = ("assistant", "number", "company", "origin", "author", "note", "created_at")
    list_filter: ClassVar[Any] = ("origin",)


@admin.register(KnowledgeDocument)
class KnowledgeDocumentAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "name", "assistant", "company", "kind", "status", "state", "last_error_line")
    list_filter: ClassVar[Any] = ("status", "kind")
    search_fields: ClassVar[Any] = ("name",)


@admin.register(KnowledgeChunk)
class KnowledgeChunkAdmin(LookOnly):
    list_display: ClassVar[Any] = ("id", "document", "company", "position", "title")


@admin.register(KnowledgeVector)
class KnowledgeVectorAdmin(LookOnly):
    list_display: ClassVar[Any] = ("id", "chunk", "company", "model")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for name in super().get_fields(request, obj) if name != "embedding"]


@admin.register(KnowledgeWord)
class KnowledgeWordAdmin(LookOnly):
    list_display: ClassVar[Any] = ("word", "assistant", "company", "passages")


@admin.register(KnowledgeTally)
class KnowledgeTallyAdmin(LookOnly):
    list_display: ClassVar[Any] = ("assistant", "company", "model", "count")


@admin.register(KnowledgeEmbedding)
class KnowledgeEmbeddingAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "document", "company", "state", "attempts", "run_at", "last_error_line")


@admin.register(KnowledgeSearch)
class KnowledgeSearchAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "question", "assistant", "company", "state", "last_error_line")


@admin.register(UsageRecord)
class UsageRecordAdmin(LookOnly):
    list_display: ClassVar[Any] = (
        "at",
        "company",
        "purpose",
        "provider",
        "model",
        "input_tokens",
        "output_tokens",
        "cost",
    )
    list_filter: ClassVar[Any] = ("purpose", "provider")
    ordering: ClassVar[Any] = ("-at",)


@admin.register(Budget)
class BudgetAdmin(LookOnly):
    list_display: ClassVar[Any] = ("company", "monthly", "when_spent", "warned_in", "spent_in")
