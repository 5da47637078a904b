"""Mails to members: a chat asks for a person."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models

from conversations.models.chats import Chat
from happ_project.core.jobs import Job
from happ_project.core.tenancy import CompanyOwned


class HandoffNotice(CompanyOwned, Job):
    """One mail to one member: a chat asks for a person."""

    work: ClassVar[str] = "conversations.services.notices.send"
    default_queue: ClassVar[str] = "webhooks"
    max_attempts: ClassVar[int] = 300
    """Two days at ten minutes each: a broken mail server delays, it does not drop."""
    kept_for: ClassVar[timedelta] = timedelta(days=7)

    id: Any = models.BigAutoField(primary_key=True)
    chat = models.ForeignKey(Chat, on_delete=models.CASCADE, related_name="+")
    membership = models.ForeignKey("companies.Membership", on_delete=models.CASCADE, related_name="+")
    handoff_at = models.DateTimeField(help_text="which handoff of the chat")

    class Meta(Job.Meta):
        constraints = [
            models.UniqueConstraint(fields=["chat", "membership", "handoff_at"], name="one_notice_per_handoff")
        ]

    def __str__(self) -> str:
        return f"notice of {self.chat_id} to {self.membership_id}"
