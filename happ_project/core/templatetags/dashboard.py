"""Template tags of the dashboard: form widgets, times as people say them, initials."""

from __future__ import annotations

import datetime
import zlib
from typing import Any

from django import forms, template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from happ_project.core import clock, wording

register = template.Library()

AVATAR_TINTS = 6


@register.simple_tag
def widget(field: forms.BoundField, *, helped: bool = False, **attrs: Any) -> SafeString:
    """The field's input with the house's look, tied to its help and its errors for screen readers."""
    kind = field.field.widget
    attrs = {name: value for name, value in attrs.items() if value}
    described = []
    if helped or field.help_text:
        described.append(f"{field.auto_id}_help")
    if field.errors:
        described.append(f"{field.auto_id}_error")
        attrs["aria-invalid"] = "true"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if str(kind.attrs.get("placeholder", "")) == str(field.label):
        attrs.setdefault("placeholder", "")  # a placeholder that repeats the label is noise
    attrs["class"] = f"{_look(kind)} {kind.attrs.get('class', '')}".strip()
    return field.as_widget(attrs={**kind.attrs, **attrs})


def _look(kind: forms.Widget) -> str:
    if isinstance(kind, forms.CheckboxInput):
        return (
            "toggle toggle-primary toggle-sm mt-0.5" if kind.attrs.get("role") == "switch" else "checkbox checkbox-sm"
        )
    if isinstance(kind, forms.Select):
        return "select w-full"
    if isinstance(kind, forms.Textarea):
        return "textarea w-full"
    if isinstance(kind, forms.FileInput):
        return "file-input w-full"
    return "input w-full"


@register.filter
def is_check(field: forms.BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def optional_mark(field: forms.BoundField) -> str:
    return _("optional")


@register.simple_tag
@register.filter
def translated(text: str) -> str:
    """A text of ours that was stored, or that a part free of Django marked for translation."""
    return wording.translated(text)


@register.filter
def initials(name: str) -> str:
    words = [word for word in str(name).split("@")[0].replace(".", " ").replace("_", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


@register.filter
def tint(name: str) -> int:
    """A stable number of an avatar's colour: the same person looks the same everywhere."""
    return zlib.crc32(str(name).encode()) % AVATAR_TINTS


@register.simple_tag
def moment(value: datetime.datetime | None, **attrs: str) -> SafeString | str:
    """A time as a list shows it: today the hour, then yesterday, the weekday, the date; the full time as a title."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return _time_tag(local, short(local, today=timezone.localtime(clock.now()).date()))


@register.simple_tag
def hour(value: datetime.datetime) -> SafeString:
    local = timezone.localtime(value)
    return _time_tag(local, formats.time_format(local, "H:i"))


def short(local: datetime.datetime, *, today: datetime.date) -> str:
    days = (today - local.date()).days
    if days == 0:
        return formats.time_format(local, "H:i")
    if days < 0:  # the end of an invitation
        return formats.date_format(local, "j M")
    if days == 1:
        return _("Yesterday")
    if days < 7:
        return formats.date_format(local, "D")
    if local.year == today.year:
        return formats.date_format(local, "j M")
    return formats.date_format(local, "d.m.Y")


@register.filter
def day(value: datetime.datetime) -> str:
    """The heading above a day's messages."""
    local = timezone.localtime(value).date()
    days = (timezone.localtime(clock.now()).date() - local).days
    if days == 0:
        return _("Today")
    if days == 1:
        return _("Yesterday")
    return formats.date_format(local, "l, j F" if days < 300 else "j F Y")


def _time_tag(local: datetime.datetime, text: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(),
        formats.date_format(local, "j F Y, H:i"),
        text,
    )
