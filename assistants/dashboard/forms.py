"""The forms of the assistants' pages. They only read; services save."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from assistants import language, selectors
from assistants.dashboard import call_words
from assistants.models import Assistant, Budget
from assistants.services import providers

_NEVER = -1
_MINUTES = (5, 15, 30, 60, 120, 240, 480, 1440)


class AssistantForm(forms.ModelForm):
    """Who answers and how."""

    language = forms.ChoiceField(label=_("Language"), required=False)
    model = forms.ChoiceField(label=_("Model"), required=False)
    person_words_by_language = call_words.WordsByLanguage(
        label=_("Words that call a person, by language"), required=False
    )
    ai_auto_return_delay_minutes = forms.TypedChoiceField(label=_("Comes back after a person took over"), coerce=int)

    class Meta:
        model = Assistant
        fields = (
            "name",
            "first_message",
            "prompt",
            "guardrails",
            "language",
            "model",
            "ai_auto_return_delay_minutes",
            "person_words",
            "person_words_by_language",
            "business_hours",
            "answers_per_hour",
            "most_answers",
            "discloses",
        )
        labels = {"name": _("Name"), "first_message": _("First message"), "prompt": _("Instructions")}
        widgets = {
            "first_message": forms.Textarea(attrs={"rows": 2}),
            "prompt": forms.Textarea(attrs={"rows": 9}),
            "guardrails": forms.Textarea(attrs={"rows": 3}),
            "person_words": forms.Textarea(attrs={"rows": 2}),
            "business_hours": forms.Textarea(attrs={"rows": 2}),
        }
        help_texts = {
            "guardrails": _("Rules that stand above the instructions, one on each line."),
            "name": _("Your team sees it; customers see what you write in the first message."),
            "first_message": _("How it greets at the beginning of a chat."),
            "prompt": _(
                "Who it is, how it speaks, what it must not promise, when it calls a person. Facts belong in Knowledge."
            ),
        }

    def __init__(self, *args: Any, default_model: str, **kwargs: Any) -> None:
        """`default_model` says what answers when no model is chosen."""
        super().__init__(*args, **kwargs)
        self.fields["model"].choices = _with_current(_models(default_model), self.instance.model)  # type: ignore[attr-defined]
        self.fields["language"].choices = _with_current(_languages(), self.instance.language)  # type: ignore[attr-defined]
        self.fields["ai_auto_return_delay_minutes"].initial = self.instance.ai_auto_return_delay_minutes
        delays = _with_current(_delays(), self.instance.ai_auto_return_delay_minutes)
        self.fields["ai_auto_return_delay_minutes"].choices = delays  # type: ignore[attr-defined]

    @property
    def call_words(self) -> dict[str, Any]:
        """What the rows of words by language are drawn from."""
        field = self["person_words_by_language"]
        rows = call_words.rows(field.value())
        return {"field": field, "rows": rows, "languages": _languages(), "usual": call_words.usual()}


def _models(default: str) -> list[tuple[Any, Any]]:
    built_in = providers.describe(Assistant(model=providers.BUILTIN))
    named = [(each.name, each.name) for each in selectors.llm_models("text") if each.provider != providers.BUILTIN]
    return [("", format_lazy("{} ({})", _("As set for the company"), default)), (providers.BUILTIN, built_in), *named]


def _languages() -> list[tuple[Any, Any]]:
    # Django's own catalogue has the names of languages
    return [("", _("The customer's")), *((code, capfirst(_(name))) for code, name in language.NAMES.items())]


def _delays() -> list[tuple[Any, Any]]:
    return [(_NEVER, _("Never by itself")), *((minutes, _silence(minutes)) for minutes in _MINUTES)]


def _silence(minutes: int) -> str:
    if minutes < 60:
        return ngettext("%d minute of silence", "%d minutes of silence", minutes) % minutes
    hours = minutes // 60
    return ngettext("%d hour of silence", "%d hours of silence", hours) % hours


def _with_current(choices: list[tuple[Any, Any]], current: Any) -> list[tuple[Any, Any]]:
    known = {value for value, _label in choices}
    return choices if current in known or current is None else [*choices, (current, str(current))]


class ModelForm(forms.Form):
    """The company's own access to a language model. The stored key is never shown again."""

    api_key = forms.CharField(
        label=_("API key"),
        required=False,
        max_length=300,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}, render_value=False),
    )
    base_url = forms.URLField(
        label=_("Server"),
        required=False,
        max_length=200,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://api.openai.com/v1"}),
        help_text=_("Empty: OpenAI. Any server that speaks OpenAI's chat interface works."),
    )
    model = forms.CharField(
        label=_("Model"),
        required=False,
        max_length=100,
        help_text=_("The name that the server knows. Empty: a sensible small one."),
    )
    embedding_model = forms.CharField(
        label=_("Model for search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"placeholder": "text-embedding-3-large"}),
        help_text=_(
            "Reads the knowledge and each question besides the built-in search. Empty: the built-in search alone, "
            "which sends nothing anywhere."
        ),
    )
    sees = forms.BooleanField(
        label=_("Show it customers’ pictures"),
        required=False,
        help_text=_("The newest four of a chat, made small. A model that cannot see is told that there was a picture."),
    )
    listens = forms.BooleanField(
        label=_("Write down voice messages"),
        required=False,
        help_text=_("Your team reads them under the player, the assistant answers them."),
    )
    transcription_model = forms.CharField(
        label=_("Model for voice"),
        required=False,
        max_length=100,
        help_text=_("Empty: OpenAI’s current one. A server of your own needs its name here."),
    )
    transcription_url = forms.URLField(
        label=_("Server for voice"),
        required=False,
        max_length=200,
        assume_scheme="https",
        help_text=_("Empty: the server above."),
    )
    transcription_key = forms.CharField(
        label=_("Its API key"),
        required=False,
        max_length=300,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}, render_value=False),
        help_text=_("Only for a server for voice of its own. Empty: the stored one is kept."),
    )
    fallback_model = forms.CharField(
        label=_("Model in reserve"),
        required=False,
        max_length=100,
        help_text=_("Of the same server. Answers while the other model cannot: too busy, too slow, gone."),
    )
    enabled = forms.BooleanField(label=_("Use it"), required=False, help_text=_("Off: the built-in answerer answers."))


class BudgetForm(forms.Form):
    """How much a company wants to spend on models each month, and what happens then."""

    monthly = forms.DecimalField(
        label=_("US dollars a month"),
        required=False,
        min_value=0,
        max_digits=10,
        decimal_places=2,
        help_text=_("Empty: no limit. You get a mail at 80 % and when it is spent."),
    )
    when_spent = forms.ChoiceField(label=_("When it is spent"), choices=Budget.When.choices)
