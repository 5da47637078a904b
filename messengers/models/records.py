"""What is kept for people to see: requests of a channel, requests for deletion."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from happ_project.core import clock
from happ_project.core.tenancy import CompanyOwned
from messengers.models.accounts import Address


class ChannelRequest(CompanyOwned):
    """One request between us and the other side of a channel, kept for its company to see."""

    class Direction(models.TextChoices):
        IN = "in", _("Received")
        OUT = "out", _("Sent")

    id: Any = models.BigAutoField(primary_key=True)
    address = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="requests")
    direction = models.CharField(max_length=3, choices=Direction.choices)
    status = models.PositiveSmallIntegerField(null=True, help_text="of HTTP; null: there was no answer")
    seconds = models.FloatField(default=0)
    payload = models.JSONField(null=True, help_text="without credentials")
    answer = models.TextField(blank=True, help_text="how it began")
    error = models.TextField(blank=True)
    at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["address", "-id"], name="channel_request_latest"),
            models.Index(fields=["at"], name="channel_request_age"),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.status} {self.at}"


class DeletionRequest(models.Model):
    """A platform's word that a person wants their data deleted, and what was done. It holds none of those data."""

    code = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=30)
    logins = models.PositiveIntegerField(default=0, help_text="how many were found and forgotten")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.code
