"""What arrived, and what came along with it."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models.fields.json import KeyTransform

from happ_project.core import clock
from happ_project.core.jobs import Job
from happ_project.core.tenancy import CompanyOwned
from messengers.models.accounts import Address


class InboundReceipt(CompanyOwned, Job):
    """One event as it arrived, stored before we answer the messenger; the constraint makes a repeat a no-op."""

    work: ClassVar[str] = "messengers.services.inbox.process"
    default_queue: ClassVar[str] = "inbound"
    kept_for: ClassVar[timedelta] = timedelta(days=60)  # longer than any messenger repeats itself

    id: Any = models.BigAutoField(primary_key=True)
    company: Any = models.ForeignKey("companies.Company", null=True, on_delete=models.CASCADE, related_name="+")
    # receipt_once is an index of it
    address = models.ForeignKey(Address, null=True, on_delete=models.CASCADE, related_name="receipts", db_index=False)
    kind = models.CharField(max_length=30)
    dedup_key = models.CharField(max_length=255)
    event = models.JSONField(null=True, help_text="the parsed event (messengers.types.dump); null if unreadable")
    raw = models.JSONField(null=True, help_text="the messenger's own words, redacted")
    received_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(Job.Meta):
        constraints = [
            models.UniqueConstraint(fields=["address", "dedup_key"], name="receipt_once"),
            models.UniqueConstraint(
                fields=["kind", "dedup_key"], condition=models.Q(address=None), name="unreadable_receipt_once"
            ),
        ]
        indexes = [
            *Job.Meta.indexes,
            models.Index(models.F("address"), KeyTransform("message_id", "event"), name="receipt_of_message"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.dedup_key}"


class LeftOut(models.Model):
    """How often a webhook brought something that is not for us, by what it was. No tenant's: it may be nobody's."""

    kind = models.CharField(max_length=30)
    address = models.ForeignKey(Address, null=True, on_delete=models.CASCADE, related_name="left_out")
    reason = models.CharField(max_length=60)
    count = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "left out"
        constraints = [
            models.UniqueConstraint(fields=["kind", "address", "reason"], name="left_out_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason} ({self.count})"


class ChatMetadata(CompanyOwned):
    """What the other side of a channel gave along with a customer's message, and gets back with the answers."""

    address = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="+")
    chat_ref = models.CharField(max_length=200)
    data = models.JSONField()

    class Meta:
        verbose_name_plural = "chat metadata"
        constraints = [models.UniqueConstraint(fields=["address", "chat_ref"], name="chat_metadata_once")]

    def __str__(self) -> str:
        return f"{self.address_id} {self.chat_ref}"
