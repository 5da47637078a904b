"""When the AI takes the floor in a chat, and when it comes back to one."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from conversations.models.chats import Chat
from happ_project.core.jobs import Job
from happ_project.core.tenancy import CompanyOwned


class AiTurn(CompanyOwned, Job):
    """One time that the AI takes the floor. At most one fresh one waits per chat: a new message pushes it back."""

    class Outcome(models.TextChoices):
        ANSWERED = "answered", _("Answered")
        HANDED_OFF = "handed_off", _("Handed to a person")
        SILENT = "silent", _("Nothing to say")
        OVERTAKEN = "overtaken", _("Overtaken by a newer message")
        STOPPED = "stopped", _("Stopped by a person")
        FAILED = "failed", _("Failed")

    class Category(models.TextChoices):
        """Why a chat went to a person."""

        CUSTOMER = "customer_asked", _("The customer asked for a person")
        NOT_KNOWN = "not_known", _("The answer is not known")
        COMPLAINT = "complaint", _("A complaint")
        OTHER = "other", _("Another reason of the assistant")
        REFUSED = "model_refused", _("The model refused to answer")
        MODEL = "model_failed", _("The model failed")
        TOOLS = "tool_limit", _("Too many calls of tools")
        TOO_MANY = "too_many_answers", _("Too many answers in a short time")
        TURNS = "too_many_turns", _("Too many answers without an end")
        BUDGET = "budget", _("The budget is spent")
        LATE = "too_late", _("There was no answer in time")
        CHANNEL = "not_sendable", _("The channel does not take the answer")
        OURS = "our_failure", _("A failure of Happ")

    work: ClassVar[str] = "conversations.services.ai_turns.take"
    after_failure: ClassVar[str] = "conversations.services.ai_turns.give_up"
    default_queue: ClassVar[str] = "ai"
    max_attempts: ClassVar[int] = 6

    id: Any = models.BigAutoField(primary_key=True)
    # turn_of_chat is an index of it
    chat = models.ForeignKey(Chat, on_delete=models.CASCADE, related_name="turns", db_index=False)
    outcome = models.CharField(max_length=12, blank=True, choices=Outcome.choices)
    reason = models.CharField(max_length=200, blank=True)
    category = models.CharField(
        max_length=20, blank=True, db_default="", choices=Category.choices, help_text="of a handoff"
    )
    provider = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=100, blank=True)
    input_tokens = models.PositiveIntegerField(null=True)
    output_tokens = models.PositiveIntegerField(null=True)
    cost = models.DecimalField(max_digits=12, decimal_places=6, null=True, help_text="US dollars")
    started_at = models.DateTimeField(null=True)
    seconds = models.FloatField(null=True, help_text="time of the model")
    trace = models.JSONField(default=dict, blank=True)

    class Meta(Job.Meta):
        verbose_name = "AI turn"
        constraints = [
            models.UniqueConstraint(
                fields=["chat"], condition=models.Q(state="waiting", attempts=0), name="one_waiting_turn_per_chat"
            )
        ]
        indexes = [
            *Job.Meta.indexes,
            models.Index(fields=["chat", "-id"], name="turn_of_chat"),
            models.Index(
                fields=["company", "finished_at"],
                condition=models.Q(outcome__in=["overtaken", "stopped"]),
                name="turn_thrown_away",
            ),
        ]

    def __str__(self) -> str:
        return f"turn {self.pk} ({self.outcome or self.state})"


class ChatTimer(CompanyOwned, Job):
    """Something that happens to a chat later: the AI comes back."""

    class Kind(models.TextChoices):
        AI_RETURN = "ai_return"

    work: ClassVar[str] = "conversations.services.timers.ring"
    default_queue: ClassVar[str] = "inbound"
    kept_for: ClassVar[timedelta] = timedelta(days=7)

    id: Any = models.BigAutoField(primary_key=True)
    chat = models.ForeignKey(Chat, on_delete=models.CASCADE, related_name="timers")
    kind = models.CharField(max_length=20, choices=Kind.choices)

    class Meta(Job.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["chat", "kind"],
                condition=models.Q(state="waiting", attempts=0),
                name="one_waiting_timer_per_chat",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.chat_id}"
