"""What must go out, and what is to become of it afterwards."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models

from happ_project.core.jobs import Job
from happ_project.core.tenancy import CompanyOwned, scoped_manager
from messengers.models.accounts import Address


class DeliveryQuerySet(models.QuerySet):
    def of_message(self, message_ref: Any) -> "DeliveryQuerySet":
        return self.filter(message_ref=message_ref).order_by("part")


class Delivery(CompanyOwned, Job):
    """One message, or one part of a long one, on its way out. `status` only moves forward."""

    class Status(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        DELIVERED = "delivered"
        READ = "read"
        FAILED = "failed"
        UNSURE = "unsure"
        CANCELLED = "cancelled"

    work: ClassVar[str] = "messengers.services.outbox.deliver"
    after_failure: ClassVar[str] = "messengers.services.outbox.give_up"
    default_queue: ClassVar[str] = "outbound"
    max_attempts: ClassVar[int] = 10

    id: Any = models.BigAutoField(primary_key=True)
    # delivery_external is an index of it
    address = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    chat_ref = models.CharField(max_length=200, help_text="the chat's id at the messenger")
    message_ref = models.UUIDField(help_text="the sender's own id of the whole message")
    part = models.PositiveSmallIntegerField(default=0)
    client_ref = models.CharField(max_length=80, unique=True)
    payload = models.JSONField(help_text="text, attachment, reply_to: see services/outbox.py")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    error_code = models.CharField(max_length=60, blank=True)
    error = models.TextField(blank=True)
    external_id = models.CharField(max_length=200, blank=True)
    provider_ref = models.CharField(max_length=200, blank=True)
    slot_at = models.DateTimeField(null=True, help_text="the moment that pacing gave this delivery")
    sent_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = scoped_manager(DeliveryQuerySet)

    class Meta(Job.Meta):
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["message_ref", "part"], name="delivery_part_once")]
        indexes = [
            *Job.Meta.indexes,
            models.Index(fields=["address", "external_id"], name="delivery_external"),
            models.Index(fields=["address", "provider_ref"], name="delivery_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.client_ref} ({self.status})"


class MessageChange(CompanyOwned, Job):
    """A sent message that is to be changed or taken back at the messenger, too."""

    class Kind(models.TextChoices):
        EDIT = "edit"
        DELETE = "delete"

    work: ClassVar[str] = "messengers.services.changes.carry_out"
    after_failure: ClassVar[str] = "messengers.services.changes.give_up"
    default_queue: ClassVar[str] = "outbound"
    max_attempts: ClassVar[int] = 6
    kept_for: ClassVar[timedelta] = timedelta(days=7)

    id: Any = models.BigAutoField(primary_key=True)
    address = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="+")
    message_ref = models.UUIDField(help_text="of the deliveries")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField(blank=True)
    marks = models.JSONField(default=list, blank=True, db_default=models.Value([], models.JSONField()))

    class Meta(Job.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.kind} {self.message_ref}"


class DeliveryCheck(CompanyOwned, Job):
    """Asking the messenger's own records what became of a delivery: of unknown fate, or of unknown id."""

    work: ClassVar[str] = "messengers.services.reports.look_up"
    default_queue: ClassVar[str] = "outbound"
    kept_for: ClassVar[timedelta] = timedelta(days=7)

    id: Any = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="checks")

    class Meta(Job.Meta):
        pass

    def __str__(self) -> str:
        return f"check of {self.delivery_id}"
