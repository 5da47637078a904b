"""Groups at a messenger in which the team hears that a chat asks for a person."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models

from conversations.models.chats import Chat
from happ_project.core import clock
from happ_project.core.jobs import Job
from happ_project.core.tenancy import CompanyOwned


class TeamGroup(CompanyOwned):
    """A group chat of one of the company's integrations that is the team's own."""

    chat = models.OneToOneField(Chat, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return f"team group {self.chat_id}"


class GroupNotice(CompanyOwned, Job):
    """One message to one group: a chat asks for a person. It goes out like every message of that chat."""

    work: ClassVar[str] = "conversations.services.team_groups.send"
    default_queue: ClassVar[str] = "webhooks"
    kept_for: ClassVar[timedelta] = timedelta(days=7)

    id: Any = models.BigAutoField(primary_key=True)
    chat = models.ForeignKey(Chat, on_delete=models.CASCADE, related_name="+")
    group = models.ForeignKey(TeamGroup, on_delete=models.CASCADE, related_name="+")
    handoff_at = models.DateTimeField(help_text="which handoff of the chat")

    class Meta(Job.Meta):
        constraints = [models.UniqueConstraint(fields=["chat", "group", "handoff_at"], name="one_message_per_handoff")]

    def __str__(self) -> str:
        return f"notice of {self.chat_id} to {self.group_id}"
