"""What lets people trust the AI: the record of each turn, what people think of its answers, and its help for them."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from conversations.models.chats import Chat, Message
from conversations.models.turns import AiTurn
from happ_project.core import clock
from happ_project.core.jobs import Job
from happ_project.core.tenancy import CompanyOwned


class TurnRecord(CompanyOwned):
    """What the model was told and said in one try of a turn, without secrets and of bounded size; kept for a while."""

    turn = models.ForeignKey(AiTurn, on_delete=models.CASCADE, related_name="records")
    exchanges = models.JSONField(default=list, help_text="one for each call of the model: lines, tools, text, tokens")
    cost = models.DecimalField(max_digits=14, decimal_places=8, null=True, help_text="US dollars; null: not known")
    at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["company", "at"], name="turn_record_by_age")]

    def __str__(self) -> str:
        return f"record of {self.turn_id}"


class AnswerReview(CompanyOwned):
    """A person's thumb for an answer of the AI. A thumb down stays open until somebody has seen to it."""

    class Verdict(models.TextChoices):
        GOOD = "good", _("Good")
        BAD = "bad", _("Bad")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reviews")
    author = models.ForeignKey("companies.User", null=True, on_delete=models.SET_NULL, related_name="+")
    verdict = models.CharField(max_length=4, choices=Verdict.choices)
    note = models.TextField(blank=True)
    state = models.CharField(max_length=4, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(max_length=200, blank=True, help_text="what came of it, in words")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "author"], name="review_once")]
        indexes = [models.Index(fields=["company", "state", "-created_at"], name="reviews_to_see_to")]

    def __str__(self) -> str:
        return f"{self.verdict}: {self.message_id}"


class CopilotTask(CompanyOwned, Job):
    """Something the AI does for a person: its result goes to that person, never to the customer."""

    class Action(models.TextChoices):
        SUGGEST = "suggest", _("Suggest a reply")
        SHORTER = "shorter", _("Shorter")
        FRIENDLIER = "friendlier", _("Friendlier")
        TRANSLATE = "translate", _("Translate for the customer")
        SUMMARISE = "summarise", _("Summarise the chat")
        HANDOFF = "handoff", _("Summary for the person who takes over")

    work: ClassVar[str] = "conversations.services.copilot.run"
    default_queue: ClassVar[str] = "ai"
    max_attempts: ClassVar[int] = 2
    kept_for: ClassVar[timedelta | None] = timedelta(days=30)

    id: Any = models.BigAutoField(primary_key=True)
    chat = models.ForeignKey(Chat, on_delete=models.CASCADE, related_name="copilot_tasks")
    author = models.ForeignKey("companies.User", null=True, on_delete=models.CASCADE, related_name="+")
    action = models.CharField(max_length=12, choices=Action.choices)
    draft = models.TextField(blank=True)
    result = models.TextField(blank=True)

    class Meta(Job.Meta):
        indexes = [*Job.Meta.indexes, models.Index(fields=["chat", "action", "-id"], name="copilot_of_chat")]

    def __str__(self) -> str:
        return f"{self.action} for {self.chat_id}"
