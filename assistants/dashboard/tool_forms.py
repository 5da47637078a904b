"""The forms of a tool: what it is, its table of parameters, and trying it out. They only read; services save."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from assistants.models import AssistantTool
from assistants.tools import schema

_SIMPLE = {"name", "type", "description", "isRequired", "required"}
_KINDS = [
    ("string", _("Text")),
    ("number", _("Number")),
    ("integer", _("Whole number")),
    ("boolean", _("Yes or no")),
    ("array", _("List of texts")),
    ("object", _("Object")),
]


class ToolForm(forms.ModelForm):
    """Secrets are never shown again; left empty they stay as they are."""

    url = forms.URLField(label=_("Address"), required=False, max_length=1000, assume_scheme="https")
    headers_text = forms.CharField(
        label=_("Headers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "placeholder": "X-Api-Key: …"}),
    )
    secret_text = forms.CharField(
        label=_("Secret for signing"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}, render_value=False),
    )
    schema_text = forms.CharField(
        label=_("Parameters as JSON Schema"),
        required=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "class": "font-mono text-xs"}),
        help_text=_("For nested parameters; it then replaces the table."),
    )

    class Meta:
        model = AssistantTool
        fields = ("name", "description", "type", "url", "method", "execution_mode", "timeout_seconds", "enabled")
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "name": _("Latin letters, digits and _, such as check_order."),
            "description": _("The model reads it to decide when to call the tool: say when, and what comes back."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        written = _schema_to_show(self.instance)
        if written:
            self.fields["schema_text"].initial = json.dumps(written, indent=2, ensure_ascii=False)

    def _post_clean(self) -> None:
        """The service checks the whole; a form alone knows neither the secrets nor the other tools."""

    def clean_headers_text(self) -> dict[str, str]:
        found = {}
        for line in filter(str.strip, self.cleaned_data["headers_text"].splitlines()):
            name, colon, value = line.partition(":")
            if not colon:
                raise forms.ValidationError(_("Write each header as Name: value."))
            found[name.strip()] = value.strip()
        return found

    def clean_schema_text(self) -> dict[str, Any]:
        text = self.cleaned_data["schema_text"].strip()
        try:
            value = json.loads(text) if text else {}
        except ValueError:
            raise forms.ValidationError(_("This is no JSON.")) from None
        if not isinstance(value, dict):
            raise forms.ValidationError(_("This is no JSON Schema."))
        return value

    def columns(self) -> dict[str, Any]:
        """What the service saves, but for the table of parameters."""
        given = {name: self.cleaned_data[name] for name in self.Meta.fields}
        given["parameters"] = self.cleaned_data["schema_text"]
        if self.cleaned_data["headers_text"]:
            given["headers"] = self.cleaned_data["headers_text"]
        if self.cleaned_data["secret_text"]:
            given["secret"] = self.cleaned_data["secret_text"]
        return given


class ParameterForm(forms.Form):
    """One row of the table; a row without a name is none."""

    name = forms.CharField(label=_("Name"), required=False, max_length=64)
    type = forms.ChoiceField(label=_("Type"), required=False, choices=_KINDS)
    description = forms.CharField(label=_("Description"), required=False, max_length=2000)
    required = forms.BooleanField(label=_("Required"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.hide_optional = True  # type: ignore[attr-defined]


ParameterTable = forms.formset_factory(ParameterForm, extra=3, max_num=60)


def rows_of(tool: AssistantTool | None) -> list[dict[str, Any]]:
    """The table as the form shows it; what a table cannot show stands in the schema."""
    if tool is None or _schema_to_show(tool):
        return []
    return [{**param, "required": param.get("isRequired", param.get("required", False))} for param in tool.params]


def params_from(table: Any) -> list[dict[str, Any]]:
    return [
        {
            "name": row["name"],
            "type": row["type"] or "string",
            "description": row["description"],
            "isRequired": row["required"],
        }
        for row in table.cleaned_data
        if row.get("name")
    ]


def _schema_to_show(tool: AssistantTool) -> dict[str, Any]:
    if tool.parameters:
        return dict(tool.parameters)
    if any(set(param) - _SIMPLE for param in tool.params):
        return schema.of(tool.params, {})
    return {}


class TrialForm(forms.Form):
    arguments = forms.CharField(
        label=_("Arguments"), widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "font-mono"})
    )

    def clean_arguments(self) -> dict[str, Any]:
        try:
            value = json.loads(self.cleaned_data["arguments"])
        except ValueError:
            raise forms.ValidationError(_("This is no JSON.")) from None
        if not isinstance(value, dict):
            raise forms.ValidationError(_("The arguments are an object: {…}."))
        return value
