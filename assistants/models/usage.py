"""What models were used for and what it cost: one row for each use."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from assistants.models.assistants import Assistant
from happ_project.core import clock
from happ_project.core.tenancy import CompanyOwned


class UsageRecord(CompanyOwned):
    """One use of a model. Written once, never changed: the cost is by the price of that moment."""

    class Purpose(models.TextChoices):
        ANSWER = "answer", _("Answers to customers")
        COPILOT = "copilot", _("Help for people")
        SUMMARY = "summary", _("Summaries")
        TRANSCRIPTION = "transcription", _("Voice to text")
        EMBEDDING = "embedding", _("Knowledge")
        PLAYGROUND = "playground", _("Playground")
        TEST = "test", _("Tests")

    assistant = models.ForeignKey(Assistant, null=True, on_delete=models.SET_NULL, related_name="+")
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    subject = models.CharField(
        max_length=60, blank=True, help_text="what it was for, in the caller's words: a chat's id"
    )
    provider = models.CharField(max_length=100)
    model = models.CharField(max_length=100)
    input_tokens = models.PositiveIntegerField(null=True)
    output_tokens = models.PositiveIntegerField(null=True)
    seconds = models.FloatField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=8, null=True, help_text="US dollars; null: no price known")
    estimated = models.BooleanField(
        default=False, db_default=False, help_text="the call ended early and its tokens are estimated"
    )
    at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["company", "at"], include=["cost"], name="usage_of_company"),
            models.Index(fields=["company", "subject"], condition=~models.Q(subject=""), name="usage_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.model}"
