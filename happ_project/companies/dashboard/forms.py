"""The forms of reception. They only read; services check and save."""

import zoneinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from happ_project.companies.models import LANGUAGES, Company, User


def _time_zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones()) if "/" in name]


class CompanyForm(forms.ModelForm):
    """The name, language and time zone: what a new company needs."""

    timezone = forms.ChoiceField(label=_("Time zone"), choices=_time_zones)

    class Meta:
        model = Company
        fields = ("name", "language", "timezone")
        labels = {"name": _("Company name"), "language": _("Language of its customers")}


class SettingsForm(CompanyForm):
    """All that the owner may set."""

    class Meta(CompanyForm.Meta):
        fields = ("name", "description", "language", "timezone", "retention_days")  # type: ignore[assignment]
        labels = {
            **CompanyForm.Meta.labels,
            "description": _("What the company does"),
            "retention_days": _("Days to keep the history of a switched-off integration"),
        }
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}


class ProfileForm(forms.ModelForm):
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)

    class Meta:
        model = User
        fields = ("first_name", "last_name", "language")
        labels = {"first_name": _("First name"), "last_name": _("Last name")}


class InvitationForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"))


class AccessTokenForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("What uses it, such as Website or CRM."))


def refuse(form: forms.BaseForm, error: ValidationError) -> None:
    """Show a service's refusal at the field it names, or above the form."""
    known: dict[str, Any] = getattr(error, "message_dict", None) or {"__all__": error.messages}
    for field, texts in known.items():
        for text in texts:
            form.add_error(field if field in form.fields else None, text)
