"""Pictures of people that wait to be fetched."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models

from happ_project.core.jobs import Job
from happ_project.core.tenancy import CompanyOwned
from messengers.models.accounts import Address


class PortraitTask(CompanyOwned, Job):
    """Somebody wants to know what the person of a chat looks like; at most one fresh one waits per chat."""

    work: ClassVar[str] = "messengers.services.portraits.fetch"
    default_queue: ClassVar[str] = "outbound"
    failure_is_trouble: ClassVar[bool] = False
    max_attempts: ClassVar[int] = 4
    kept_for: ClassVar[timedelta] = timedelta(days=1)

    id: Any = models.BigAutoField(primary_key=True)
    address = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="+")
    chat_ref = models.CharField(max_length=200)
    avatar_ref = models.JSONField(default=dict, help_text="where the messenger says that it is")

    class Meta(Job.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["address", "chat_ref"],
                condition=models.Q(state="waiting", attempts=0),
                name="one_waiting_portrait_per_chat",
            )
        ]

    def __str__(self) -> str:
        return f"portrait of {self.chat_ref}"
