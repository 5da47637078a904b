"""The forms of the switchboard. They only read; services save."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext_lazy as _

from integrations import types
from integrations.models import Integration

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class AnsweringForm(forms.ModelForm):
    """How an integration answers."""

    class Meta:
        model = Integration
        fields = (
            "title",
            "debounce_seconds",
            "finished_seconds",
            "longest_wait_seconds",
            "answers_within_minutes",
            "bot_command",
            "group_answers",
        )
        labels = {
            "title": _("Name"),
            "debounce_seconds": _("Wait for silence, seconds"),
            "finished_seconds": _("After a whole question, seconds"),
            "longest_wait_seconds": _("Wait at most, seconds"),
            "answers_within_minutes": _("Answer within, minutes"),
            "bot_command": _("Who may switch the assistant with /bot"),
            "group_answers": _("When the assistant answers in groups"),
        }
        help_texts = {
            "title": _("What your team calls it."),
            "debounce_seconds": _("Customers write in pieces. The assistant answers when nothing came for so long."),
            "finished_seconds": _("A message that ends with a mark, such as ?, is answered sooner."),
            "longest_wait_seconds": _("Even if they never stop, an answer goes out after so long."),
            "answers_within_minutes": _(
                "What is older when it reaches Happ, or was not answered for so long, goes to your team."
            ),
            "bot_command": _("A message that says only /bot turns the assistant of that chat off or on."),
            "group_answers": _("It reads along either way, so that it knows what it is asked about."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("debounce_seconds", "finished_seconds", "longest_wait_seconds"):
            self.initial[name] = f"{self.initial[name]:g}"
        if not self.instance.address.capabilities.groups:
            del self.fields["group_answers"]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        quiet, longest = found.get("debounce_seconds"), found.get("longest_wait_seconds")
        if quiet is not None and longest is not None and longest < quiet:
            self.add_error("longest_wait_seconds", _("This cannot be shorter than the wait for silence."))
        return found


class AppearanceForm(forms.Form):
    """How the widget looks and where it may stand."""

    title = forms.CharField(label=_("Title"), max_length=60, help_text=_("Shown at the top of the chat window."))
    colour = forms.CharField(label=_("Colour"), max_length=7, widget=forms.TextInput(attrs={"type": "color"}))
    greeting = forms.CharField(
        label=_("Greeting"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The first line a visitor sees, before anybody has written."),
    )
    allowed_origins = forms.CharField(
        label=_("Websites that may show it"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "https://shop.example.com", "spellcheck": "false"}),
        help_text=_("One address a line. Empty: every website."),
    )

    def clean_colour(self) -> str:
        colour: str = self.cleaned_data["colour"]
        if not _COLOUR.fullmatch(colour):
            raise forms.ValidationError(_("A colour looks like #1a2b3c."))
        return colour.lower()

    def clean_allowed_origins(self) -> list[str]:
        return [_origin(line) for line in self.cleaned_data["allowed_origins"].split()]


def _origin(text: str) -> str:
    try:
        parts = urlsplit(text if "//" in text else f"https://{text}")
        is_site = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a bracket that is not closed, a port that is no number
        is_site = False
    if not is_site:
        raise forms.ValidationError(_("“%(text)s” is no website's address.") % {"text": text})
    return f"{parts.scheme}://{parts.netloc.lower()}"


class EndpointForm(forms.Form):
    """Where a custom channel's answers go, and the secret of both directions."""

    endpoint = forms.CharField(
        label=_("Your endpoint"),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://crm.example.com/happ"}),
        help_text=_("An https:// address on your server that takes a POST."),
    )
    new_secret = forms.CharField(
        label=_("New secret"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Empty: it stays as it is. The one before is still accepted, so that you can change over."),
    )
    without_secret = forms.BooleanField(label=_("Without a secret"), required=False)

    @property
    def secret(self) -> str | None:
        """None: unchanged; "": without."""
        if self.cleaned_data.get("without_secret"):
            return ""
        return self.cleaned_data.get("new_secret") or None


class WebhookForm(forms.Form):
    url = forms.URLField(
        label=_("Address"),
        max_length=500,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"placeholder": "https://crm.example.com/happ"}),
        help_text=_("Your server's address that takes a POST. It has to begin with https://."),
    )
    event_types = forms.MultipleChoiceField(
        label=_("Only these events"),
        required=False,
        choices=[(name, name) for name in types.ALL],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all."),
    )
