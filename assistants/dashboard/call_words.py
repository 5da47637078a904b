"""The field of a form that takes words by language: rows of a language and its words, with commas between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from assistants import language
from assistants.engine import callwords

_MOST, _LONGEST = 100, 60
_BLANK_ROWS = 2


class _Rows(forms.Widget):
    """Reads the rows; two of one language are one. The template writes them, from `rows`."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for code, words in zip(data.getlist(f"{name}_language"), data.getlist(f"{name}_words"), strict=False):
            given = [word.strip() for word in words.split(",") if word.strip()]
            if given:
                found.setdefault(code, []).extend(given)
        return found

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}_language" not in data


class WordsByLanguage(forms.Field):
    """Its value is {code of the language: [word]}."""

    widget = _Rows

    def clean(self, value: dict[str, list[str]]) -> dict[str, list[str]]:
        for code, words in value.items():
            if code not in language.NAMES:
                raise forms.ValidationError(_("Choose the language of these words: %s") % ", ".join(words))
            if len(words) > _MOST or any(len(word) > _LONGEST for word in words):
                raise forms.ValidationError(_("At most 100 words for each language, with commas between them."))
        return value


def rows(value: Mapping[str, list[str]] | None) -> list[tuple[str, str]]:
    """Language and words of each row, blank ones at the end."""
    return [*((code, ", ".join(words)) for code, words in (value or {}).items()), *[("", "")] * _BLANK_ROWS]


def usual() -> list[tuple[str, str]]:
    """The name of each language with its usual words."""
    # Django's own catalogue has the names of languages
    return [(capfirst(_(language.NAMES[code])), ", ".join(words)) for code, words in callwords.USUAL.items()]
