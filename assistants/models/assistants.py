"""Assistants, what they can do, and the models that speak for them."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from assistants.tools import hours
from happ_project.core import clock, ids
from happ_project.core.crypto import EncryptedJSONField
from happ_project.core.tenancy import CompanyOwned

if TYPE_CHECKING:
    from assistants.models.versions import AssistantVersion


def check_hours(text: str) -> None:
    """Raises `ValidationError` for business hours that nobody can read."""
    try:
        hours.read(text)
    except hours.Unreadable as error:
        raise ValidationError(_("This line cannot be read: %s") % error) from None


class LlmModel(models.Model):
    """A language model that can be chosen by id; prices are data, in US dollars per million tokens."""

    class Kind(models.TextChoices):
        TEXT = "text"
        VOICE = "voice"
        EMBEDDING = "embedding"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    provider = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.TEXT)
    input_price = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    output_price = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)

    class Meta:
        verbose_name = "LLM model"
        constraints = [models.UniqueConstraint(fields=["provider", "name", "kind"], name="llm_model_once")]

    def __str__(self) -> str:
        return f"{self.provider}: {self.name}"


class ModelSettings(CompanyOwned):
    """A company's own access to a model provider; there is one row per company."""

    credentials = EncryptedJSONField(help_text="{'api_key': …, 'transcription_key': …}")
    base_url = models.URLField(_("address of the server"), blank=True, help_text="empty: OpenAI")
    model = models.CharField(_("model"), max_length=100, blank=True)
    embedding_model = models.CharField(
        _("model for search"), max_length=100, blank=True, db_default="", help_text="empty: the local one only"
    )
    sees = models.BooleanField(_("show it customers' pictures"), default=True, db_default=True)
    listens = models.BooleanField(_("write down voice messages"), default=True, db_default=True)
    transcription_url = models.URLField(blank=True, db_default="", help_text="empty: the address above")
    transcription_model = models.CharField(max_length=100, blank=True, db_default="")
    fallback_model = models.CharField(
        _("model in reserve"),
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text=_("of the same server; answers while the other cannot"),
    )
    enabled = models.BooleanField(default=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "model settings"
        constraints = [models.UniqueConstraint(fields=["company"], name="model_settings_once")]

    def __str__(self) -> str:
        return f"model settings of {self.company_id}"


class Assistant(CompanyOwned):
    """Who answers: instructions, language, model, manners."""

    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    first_message = models.TextField(_("first message"), blank=True)
    prompt = models.TextField(_("instructions"), blank=True)
    guardrails = models.TextField(_("never say, always do"), blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True, help_text=_("empty: the customer's"))
    model = models.CharField(_("model"), max_length=100, blank=True, help_text=_("empty: the company's default"))
    temperature = models.FloatField(
        _("temperature"), null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(2)]
    )
    ai_auto_return_delay_minutes = models.IntegerField(
        _("minutes of silence before the assistant returns"),
        default=30,
        validators=[MinValueValidator(-1), MaxValueValidator(1440)],
        help_text=_("-1: never by itself"),
    )
    person_words = models.TextField(
        _("words that call a person"),
        blank=True,
        db_default="",
        help_text=_("one on each line, besides the usual ones; whatever language the customer writes"),
    )
    person_words_by_language = models.JSONField(
        _("words that call a person, by language"),
        blank=True,
        default=dict,
        db_default={},
        help_text="{code: [word]}, for customers who write that language",
    )
    discloses = models.BooleanField(
        _("say that it is an assistant"), default=False, db_default=False, help_text=_("once, in its first answer")
    )
    answers_per_hour = models.PositiveSmallIntegerField(
        _("answers in one chat within an hour"),
        default=40,
        db_default=40,
        validators=[MinValueValidator(1), MaxValueValidator(500)],
        help_text=_("more look like two programs talking to each other: a person is called"),
    )
    most_answers = models.PositiveSmallIntegerField(
        _("answers until a person has a look"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(500)],
        help_text=_("0: as many as it takes"),
    )
    business_hours = models.TextField(
        _("business hours"),
        blank=True,
        db_default="",
        validators=[check_hours],
        help_text=_("one line for each, such as Mon-Fri 9:00-18:00"),
    )
    voice = models.JSONField(default=dict, blank=True, help_text="settings of the voice product, kept as given")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, editable=False)

    as_of: "AssistantVersion | None" = None
    """The version that these settings are of; None: the draft, which is what the row holds."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ai_auto_return_delay_minutes__gte=-1, ai_auto_return_delay_minutes__lte=1440),
                name="auto_return_within_a_day",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def call_words(self) -> dict[str, list[str]]:
        """The company's own words that call a person, by language; those of "" count in every one."""
        everywhere = [line.strip() for line in self.person_words.splitlines() if line.strip()]
        return {**self.person_words_by_language, "": everywhere}

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.as_of is not None:
            raise TypeError("what was published never changes, and must not be saved as the draft")
        super().save(*args, **kwargs)


class AssistantTool(CompanyOwned):
    """Something an assistant can do besides talking: call a web service, tell the client's app, a built-in ability."""

    class Type(models.TextChoices):
        ACTION = "webhook_action", _("During the conversation")
        INIT = "webhook_init", _("At the start of each conversation")
        POST_CALL = "webhook_postcall", _("After a voice call")
        CLIENT = "webhook_client", _("In the client's app")
        SYSTEM = "system", _("Built in")

    class Method(models.TextChoices):
        GET = "get", "GET"
        POST = "post", "POST"
        PUT = "put", "PUT"
        PATCH = "patch", "PATCH"
        DELETE = "delete", "DELETE"

    class Execution(models.TextChoices):
        IMMEDIATE = "immediate", _("Wait for the result")
        AFTER_SPEECH = "post_tool_speech", _("After speaking (voice)")
        ASYNC = "async", _("Do not wait")

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="tools")
    name = models.CharField(_("name"), max_length=64)
    type = models.CharField(_("when it is called"), max_length=20, choices=Type.choices, default=Type.ACTION)
    description = models.TextField(_("description"), blank=True)
    url = models.URLField(_("address"), max_length=1000, blank=True)
    method = models.CharField(_("method"), max_length=6, choices=Method.choices, default=Method.POST)
    headers = EncryptedJSONField(help_text="{name: value}; values may be keys and are never shown")
    secret = EncryptedJSONField(help_text="{'secret': …}")
    params = models.JSONField(default=list, blank=True, help_text="as a table: name, type, description, isRequired")
    parameters = models.JSONField(default=dict, blank=True, help_text="as a JSON Schema; comes before the table")
    execution_mode = models.CharField(
        _("the result"), max_length=20, choices=Execution.choices, default=Execution.IMMEDIATE
    )
    timeout_seconds = models.PositiveSmallIntegerField(
        _("seconds to wait"), default=10, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )
    enabled = models.BooleanField(_("on"), default=True)
    voice = models.JSONField(default=dict, blank=True, help_text="settings of the voice product, kept as given")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assistant", "name"], name="tool_name_once")]

    def __str__(self) -> str:
        return self.name
