"""Long chats whose beginning waits to be put in short words."""

from typing import Any, ClassVar

from django.db import models

from conversations.models.chats import Chat
from happ_project.core.jobs import Job
from happ_project.core.tenancy import CompanyOwned


class ChatSummary(CompanyOwned, Job):
    """One time that the older part of a chat is folded into its summary; at most one waits for each chat."""

    work: ClassVar[str] = "conversations.services.memory.fold"
    default_queue: ClassVar[str] = "ai"
    max_attempts: ClassVar[int] = 4

    id: Any = models.BigAutoField(primary_key=True)
    chat = models.ForeignKey(Chat, on_delete=models.CASCADE, related_name="+")

    class Meta(Job.Meta):
        verbose_name_plural = "chat summaries"
        constraints = [
            models.UniqueConstraint(
                fields=["chat"], condition=models.Q(state__in=["waiting", "running"]), name="one_open_summary_per_chat"
            )
        ]

    def __str__(self) -> str:
        return f"summary of {self.chat_id}"
