"""The switchboard: which address is answered by which assistant, and who outside wants to be told."""

from datetime import timedelta
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from happ_project.core import clock
from happ_project.core.crypto import EncryptedJSONField
from happ_project.core.jobs import Job
from happ_project.core.tenancy import CompanyOwned


class Integration(CompanyOwned):
    """The switchboard's half of an address: on or off, who answers, and how."""

    class BotCommand(models.TextChoices):
        EVERYONE = "everyone", _("Customers and the team")
        TEAM = "team", _("The team only")
        OFF = "off", _("Nobody")

    class GroupAnswers(models.TextChoices):
        ALWAYS = "always", _("Whatever is said")
        MENTIONED = "mentioned", _("When it is mentioned or replied to")
        NEVER = "never", _("Never")

    address = models.OneToOneField("messengers.Address", on_delete=models.CASCADE, related_name="integration")
    title = models.CharField(_("name"), max_length=200)
    assistant = models.ForeignKey(
        "assistants.Assistant", null=True, blank=True, on_delete=models.SET_NULL, related_name="integrations"
    )
    enabled = models.BooleanField(_("active"), default=False)
    hidden = models.BooleanField(default=False, help_text="built in (api, playground): not managed by people")
    debounce_seconds = models.FloatField(
        _("quiet seconds before the assistant answers"),
        default=4.0,
        validators=[MinValueValidator(0), MaxValueValidator(180)],
    )
    finished_seconds = models.FloatField(
        _("quiet seconds after a message that ends a thought"),
        default=2.5,
        db_default=2.5,
        validators=[MinValueValidator(0), MaxValueValidator(180)],
    )
    longest_wait_seconds = models.FloatField(
        _("longest wait in seconds while messages keep coming"),
        default=20.0,
        validators=[MinValueValidator(0), MaxValueValidator(600)],
    )
    answers_within_minutes = models.PositiveSmallIntegerField(
        _("minutes within which the assistant answers"),
        default=60,
        db_default=60,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
    )
    bot_command = models.CharField(
        _("who may switch the AI with /bot"),
        max_length=10,
        choices=BotCommand.choices,
        default=BotCommand.EVERYONE,
    )
    group_answers = models.CharField(
        _("when the assistant answers in groups"),
        max_length=10,
        choices=GroupAnswers.choices,
        default=GroupAnswers.MENTIONED,
        db_default=GroupAnswers.MENTIONED,
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    disabled_at = models.DateTimeField(null=True, help_text="since when it is off; its history is kept for a while")
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(debounce_seconds__gte=0), name="debounce_not_negative"),
            models.CheckConstraint(
                condition=models.Q(longest_wait_seconds__gte=models.F("debounce_seconds")),
                name="longest_wait_at_least_debounce",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def kind(self) -> str:
        return self.address.kind


class Event(CompanyOwned):
    """What happened in a company, in order: an append-only log, written in the transaction of the change.

    Ids are given before the commit, so that a lower one may become visible after a higher one. The order in which the
    log is read is therefore (`transaction_id`, `id`): see `selectors.events_after`.
    """

    id: Any = models.BigAutoField(primary_key=True)
    # event_cursor is an index of it
    company: Any = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="+", db_index=False)
    type = models.CharField(max_length=40)
    chat_id = models.UUIDField(null=True)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    transaction_id = models.BigIntegerField(
        # xid8 has no cast to bigint but through text
        db_default=models.Func(template="pg_current_xact_id()::text::bigint", output_field=models.BigIntegerField()),
        editable=False,
    )

    class Meta:
        indexes = [
            models.Index(fields=["company", "transaction_id", "id"], name="event_cursor"),
            models.Index(fields=["chat_id"], condition=models.Q(chat_id__isnull=False), name="event_of_chat"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"


class WebhookEndpoint(CompanyOwned):
    """An address of the company's own that is called with events."""

    url = models.URLField(max_length=500)
    secret = EncryptedJSONField(help_text="{'secret': 'whsec_…'}")
    event_types = models.JSONField(default=list, blank=True, help_text="empty: all")
    enabled = models.BooleanField(default=True)
    connected = models.BooleanField(default=False, help_text="the last call was answered with 2xx")
    failures = models.PositiveIntegerField(default=0, help_text="calls in a row that failed for good")
    disabled_reason = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(CompanyOwned, Job):
    """One event on its way to one endpoint."""

    work: ClassVar[str] = "integrations.services.webhooks.call"
    default_queue: ClassVar[str] = "webhooks"
    failure_is_trouble: ClassVar[bool] = False
    kept_for: ClassVar[timedelta] = timedelta(days=30)

    id: Any = models.BigAutoField(primary_key=True)
    # webhook_once is an index of it
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    response_status = models.PositiveSmallIntegerField(null=True)
    response_text = models.TextField(blank=True, help_text="how the answer began")
    duration_ms = models.PositiveIntegerField(null=True)

    class Meta(Job.Meta):
        verbose_name_plural = "webhook deliveries"
        constraints = [models.UniqueConstraint(fields=["endpoint", "event"], name="webhook_once")]

    def __str__(self) -> str:
        return f"{self.event} to {self.endpoint}"


class ConnectionNotice(CompanyOwned, Job):
    """A login with a messenger broke, or works again: a mail to the owner, and of the latter a line on every page."""

    class What(models.TextChoices):
        BROKEN = "broken"
        HEALED = "healed"

    work: ClassVar[str] = "integrations.services.notices.send"
    default_queue: ClassVar[str] = "webhooks"
    max_attempts: ClassVar[int] = 300
    """Two days at ten minutes each: a broken mail server delays, it does not drop."""
    kept_for: ClassVar[timedelta] = timedelta(days=365)

    id: Any = models.BigAutoField(primary_key=True)
    account = models.ForeignKey("messengers.MessengerAccount", on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=10, choices=What.choices)
    broke_at = models.DateTimeField(null=True)
    dismissed_by = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), help_text="users who do not want to see it"
    )

    class Meta(Job.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["account", "what"],
                condition=models.Q(state="waiting", attempts=0),
                name="one_waiting_notice_per_account",
            )
        ]

    def __str__(self) -> str:
        return f"{self.what}: {self.account_id}"
