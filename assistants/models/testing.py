"""Tests of an assistant: what a customer says, what is expected, each time that was tried, and who waits for it."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from assistants.models.assistants import Assistant
from happ_project.core import clock, ids
from happ_project.core.jobs import Job
from happ_project.core.tenancy import CompanyOwned


class AssistantTest(CompanyOwned):
    """One conversation that is had again and again, with what must and must not come of it."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="tests")
    name = models.CharField(_("name"), max_length=120)
    lines = models.JSONField(default=list, help_text="what the customer writes, in order; each is answered")
    recorded = models.JSONField(default=list, help_text="what tools answered then: [{name, output}]")
    expectations = models.JSONField(default=list, help_text="[{kind, text | tool, arguments}]")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name


class Rehearsal(CompanyOwned, Job):
    """One time that a test was tried, on the draft as it was then."""

    class Verdict(models.TextChoices):
        PASSED = "passed", _("Passed")
        FAILED = "failed", _("Failed")
        UNJUDGED = "unjudged", _("Not judged whole")
        BROKEN = "broken", _("Could not be run")

    work: ClassVar[str] = "assistants.services.rehearsals.run"
    after_failure: ClassVar[str] = "assistants.services.rehearsals.gave_up"
    default_queue: ClassVar[str] = "ai"
    max_attempts: ClassVar[int] = 4
    kept_for: ClassVar[timedelta | None] = timedelta(days=90)

    id: Any = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=ids.new_id, editable=False)
    test = models.ForeignKey(AssistantTest, on_delete=models.CASCADE, related_name="runs")
    draft = models.CharField(max_length=64, help_text="which draft it was: a digest of its settings and tools")
    verdict = models.CharField(max_length=10, blank=True, choices=Verdict.choices)
    said = models.JSONField(default=list, help_text="the conversation: [{role, text}]")
    checks = models.JSONField(default=list, help_text="[{label, ok, found}]; ok null: nobody could judge")
    progress = models.JSONField(
        default=dict, db_default={}, help_text="what a run under way has come to, for its next try; see rehearsals"
    )
    model = models.CharField(max_length=100, blank=True)
    seconds = models.FloatField(null=True)

    class Meta(Job.Meta):
        indexes = [*Job.Meta.indexes, models.Index(fields=["test", "-id"], name="run_of_test")]

    def __str__(self) -> str:
        return f"run of {self.test_id}: {self.verdict or self.state}"


class Publication(CompanyOwned, Job):
    """A draft that somebody wants published as soon as its tests pass."""

    class Outcome(models.TextChoices):
        PUBLISHED = "published", _("Published")
        HELD = "held", _("Held back")
        STOPPED = "stopped", _("Stopped")

    work: ClassVar[str] = "assistants.services.publishing.follow"
    after_failure: ClassVar[str] = "assistants.services.publishing.gave_up"
    default_queue: ClassVar[str] = "inbound"  # it only looks: a look must not wait behind the tests themselves
    kept_for: ClassVar[timedelta | None] = timedelta(days=90)

    id: Any = models.BigAutoField(primary_key=True)
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="publications")
    author = models.ForeignKey("companies.User", null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    draft = models.CharField(max_length=64, help_text="which draft: a digest of its settings and tools")
    outcome = models.CharField(max_length=10, blank=True, choices=Outcome.choices)
    reason = models.CharField(max_length=200, blank=True)
    number = models.PositiveIntegerField(null=True, help_text="of the version that came of it")

    class Meta(Job.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["assistant"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="one_publication_under_way",
            )
        ]
        indexes = [*Job.Meta.indexes, models.Index(fields=["assistant", "-id"], name="publication_of_assistant")]

    def __str__(self) -> str:
        return f"publication of {self.assistant_id}: {self.outcome or self.state}"
