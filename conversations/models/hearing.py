"""Voice messages that wait to be written down."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models

from conversations.models.chats import Message
from happ_project.core.jobs import Job
from happ_project.core.tenancy import CompanyOwned


class Transcription(CompanyOwned, Job):
    """One recording of a customer, to be written down; the words are kept with the message."""

    work: ClassVar[str] = "conversations.services.hearing.listen"
    default_queue: ClassVar[str] = "ai"
    max_attempts: ClassVar[int] = 6
    kept_for: ClassVar[timedelta] = timedelta(days=7)

    id: Any = models.BigAutoField(primary_key=True)
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="+")

    class Meta(Job.Meta):
        pass

    def __str__(self) -> str:
        return f"words of {self.message_id}"
