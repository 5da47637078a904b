"""The form of a test: the customer's lines, and what is expected, a line for each."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from assistants.models import AssistantTest
from assistants.services import testing

_MOST, _LONGEST = 20, 20_000
_EITHER = ""


def _area(rows: int, placeholder: Any = "") -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "placeholder": placeholder})


class TestForm(forms.Form):
    """Only reads; the service saves."""

    name = forms.CharField(label=_("Name"), max_length=120)
    lines = forms.CharField(
        label=_("What the customer writes"),
        widget=_area(4),
        max_length=_LONGEST,
        help_text=_("Each line is one message, and is answered before the next one."),
    )
    mentions = forms.CharField(
        label=_("Must mention"), required=False, widget=_area(2), max_length=_LONGEST, help_text=_("A line for each.")
    )
    omits = forms.CharField(
        label=_("Must not mention"),
        required=False,
        widget=_area(2),
        max_length=_LONGEST,
        help_text=_("A line for each."),
    )
    calls = forms.CharField(
        label=_("Must call"),
        required=False,
        widget=_area(2, 'check_order {"number": "17"}'),
        max_length=_LONGEST,
        help_text=_("The tool's name; after it, if you like, arguments as JSON that must be among those it is given."),
    )
    says = forms.CharField(
        label=_("Must be true of the answers"),
        required=False,
        widget=_area(2, _("It says that delivery takes two days.")),
        max_length=_LONGEST,
        help_text=_("A language model judges it."),
    )
    person = forms.ChoiceField(
        label=_("A person"),
        required=False,
        choices=[
            (_EITHER, _("may be called or not")),
            ("hands_off", _("must be called")),
            ("stays", _("must not be called")),
        ],
    )
    recorded = forms.CharField(required=False, widget=forms.HiddenInput, max_length=200_000)

    def clean_lines(self) -> list[str]:
        found = _each(self.cleaned_data["lines"])
        if len(found) > testing.MOST_LINES:
            raise forms.ValidationError(_("At most %d messages.") % testing.MOST_LINES)
        return found

    def clean_calls(self) -> list[dict[str, Any]]:
        return [_call(line) for line in _each(self.cleaned_data["calls"])]

    def clean_recorded(self) -> list[dict[str, str]]:
        """What tools said in the chat that the test was made of; what is no such list is none."""
        try:
            given = json.loads(self.cleaned_data["recorded"] or "[]")
        except ValueError:
            return []
        rows = given if isinstance(given, list) else []
        return [
            {"name": str(row.get("name", ""))[:100], "output": str(row.get("output", ""))}
            for row in rows[:50]
            if isinstance(row, dict)
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not self.errors and not self._expectations():
            raise forms.ValidationError(_("Say what you expect: at least one of the fields below the messages."))
        return given

    def columns(self) -> dict[str, Any]:
        """What the service saves."""
        given = self.cleaned_data
        return {
            "name": given["name"],
            "lines": given["lines"],
            "recorded": given["recorded"],
            "expectations": self._expectations(),
        }

    def _expectations(self) -> list[dict[str, Any]]:
        given = self.cleaned_data
        plain = [
            {"kind": kind, "text": text}
            for kind in ("mentions", "omits", "says")
            for text in _each(given[kind])[:_MOST]
        ]
        person = [{"kind": given["person"]}] if given["person"] else []
        return [*plain[:_MOST], *given["calls"][:_MOST], *person]


def initial(test: AssistantTest) -> dict[str, Any]:
    """The form's fields of a test that is known."""
    by_kind: dict[str, list[str]] = {}
    person = _EITHER
    for each in test.expectations:
        if each["kind"] in {"hands_off", "stays"}:
            person = each["kind"]
        elif each["kind"] == "calls":
            arguments = json.dumps(each["arguments"], ensure_ascii=False) if each.get("arguments") else ""
            by_kind.setdefault("calls", []).append(f"{each['tool']} {arguments}".strip())
        else:
            by_kind.setdefault(each["kind"], []).append(each["text"])
    told = {kind: "\n".join(lines) for kind, lines in by_kind.items()}
    recorded = json.dumps(test.recorded, ensure_ascii=False)
    return {**told, "person": person, "name": test.name, "lines": "\n".join(test.lines), "recorded": recorded}


def _each(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _call(line: str) -> dict[str, Any]:
    tool, _space, rest = line.partition(" ")
    try:
        arguments = json.loads(rest) if rest.strip() else {}
    except ValueError:
        raise forms.ValidationError(_("This is no JSON: %s") % rest[:80]) from None
    if not isinstance(arguments, dict):
        raise forms.ValidationError(_("The arguments are an object: {…}."))
    return {"kind": "calls", "tool": tool, "arguments": arguments}
