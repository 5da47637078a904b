"""Staff's pages of the desk."""

from typing import Any, ClassVar

from django.contrib import admin

from conversations.models import (
    AiTurn,
    AnswerReview,
    Chat,
    ChatAlias,
    ChatSummary,
    ChatTimer,
    ContactField,
    CopilotTask,
    GroupNotice,
    HandoffNotice,
    Message,
    TeamGroup,
    Transcription,
    TurnRecord,
)
from happ_project.core.admin import JobAdmin, LookOnly


@admin.register(Chat)
class ChatAdmin(LookOnly):
    list_display: ClassVar[Any] = ("name", "integration", "company", "ai_on", "needs_attention", "last_message_at")
    list_filter: ClassVar[Any] = ("ai_on", "needs_attention")
    search_fields: ClassVar[Any] = ("display_name", "username", "phone", "external_id")
    ordering: ClassVar[Any] = ("-last_message_at",)


@admin.register(ChatAlias)
class ChatAliasAdmin(LookOnly):
    list_display: ClassVar[Any] = ("external_id", "chat", "company")
    search_fields: ClassVar[Any] = ("external_id",)


@admin.register(Message)
class MessageAdmin(LookOnly):
    list_display: ClassVar[Any] = ("id", "chat", "company", "role", "source", "type", "status", "sent_at")
    list_filter: ClassVar[Any] = ("role", "status", "source")
    search_fields: ClassVar[Any] = ("external_id", "id")
    ordering: ClassVar[Any] = ("-id",)


@admin.register(AiTurn)
class AiTurnAdmin(JobAdmin):
    list_display: ClassVar[Any] = (
        "id",
        "chat",
        "company",
        "state",
        "outcome",
        "category",
        "reason",
        "model",
        "input_tokens",
        "output_tokens",
        "seconds",
        "last_error_line",
    )
    list_filter: ClassVar[Any] = ("state", "outcome", "category", "provider")


@admin.register(ChatTimer)
class ChatTimerAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "chat", "company", "kind", "state", "run_at")


@admin.register(HandoffNotice)
class HandoffNoticeAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "chat", "company", "membership", "state", "run_at", "last_error_line")


@admin.register(TurnRecord)
class TurnRecordAdmin(LookOnly):
    list_display: ClassVar[Any] = ("at", "turn", "company", "cost")


@admin.register(AnswerReview)
class AnswerReviewAdmin(LookOnly):
    list_display: ClassVar[Any] = ("created_at", "company", "verdict", "state", "author")
    list_filter: ClassVar[Any] = ("verdict", "state")


@admin.register(CopilotTask)
class CopilotTaskAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "chat", "company", "action", "state", "last_error_line")
    list_filter: ClassVar[Any] = ("action", "state")


@admin.register(Transcription)
class TranscriptionAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "message", "company", "state", "run_at", "last_error_line")


@admin.register(ContactField)
class ContactFieldAdmin(LookOnly):
    list_display: ClassVar[Any] = ("name", "company", "ai_may_write", "position")


@admin.register(TeamGroup)
class TeamGroupAdmin(LookOnly):
    list_display: ClassVar[Any] = ("chat", "company", "created_at")


@admin.register(GroupNotice)
class GroupNoticeAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "chat", "company", "group", "state", "run_at", "last_error_line")


@admin.register(ChatSummary)
class ChatSummaryAdmin(JobAdmin):
    list_display: ClassVar[Any] = ("id", "chat", "company", "state", "run_at", "last_error_line")
