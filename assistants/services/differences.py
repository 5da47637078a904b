"""What differs between two contents of an assistant, in words that people read."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from assistants.models import Assistant, AssistantTool, McpServer
from assistants.services.server_snapshots import COLUMNS
from assistants.services.snapshots import SECRET, SETTINGS, TOOL_COLUMNS, Content

_SHORT = 80
_CONTEXT = 2
_UNSEEN = frozenset({"id", "created_at"})


@dataclass(frozen=True, slots=True)
class Line:
    """Of a long text: `+` came in, `-` went out, a blank is around it, `…` stands for what is left out."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field. A long text has `lines`; else there is `before` and `after`, "" for nothing."""

    label: str
    before: str = ""
    after: str = ""
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The settings (no `tool`, no `server`), or a tool or MCP server that was `added`, `removed` or `changed`."""

    state: str
    tool: str = ""
    server: str = ""
    differences: list[Difference] = field(default_factory=list)


def between(old: Content, new: Content) -> list[Part]:
    """Settings first, then tools, then servers; empty when nothing differs."""
    settings = _fields(Assistant, SETTINGS, old.settings, new.settings)
    parts = [Part(state="changed", differences=settings)] if settings else []
    before = {values["id"]: values for values in old.tools}
    after = {values["id"]: values for values in new.tools}
    for key, values in after.items():
        if key not in before:
            parts.append(Part(state="added", tool=values["name"]))
            continue
        found = _fields(AssistantTool, TOOL_COLUMNS, before[key], values) + _secrets(
            old.secrets.get(key, {}), new.secrets.get(key, {})
        )
        if found:
            parts.append(Part(state="changed", tool=values["name"], differences=found))
    parts += [Part(state="removed", tool=values["name"]) for key, values in before.items() if key not in after]
    return parts + _servers(old, new)


def _servers(old: Content, new: Content) -> list[Part]:
    before = {values["id"]: values for values in old.servers}
    after = {values["id"]: values for values in new.servers}
    parts = []
    for key, values in after.items():
        known = before.get(key)
        if known is None:
            address = _fields(McpServer, ("url",), {}, values)
            parts.append(Part(state="added", server=values["name"], differences=address + _allowed(None, values)))
            continue
        found = _fields(McpServer, COLUMNS, known, values) + _allowed(known, values)
        found += _secrets(old.secrets.get(key, {}), new.secrets.get(key, {}))
        if found:
            parts.append(Part(state="changed", server=values["name"], differences=found))
    return parts + [Part(state="removed", server=each["name"]) for key, each in before.items() if key not in after]


def _allowed(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[Difference]:
    """Which tools of a server may be used; None: whatever it offers."""
    if before is not None and before["allowed"] == after["allowed"]:
        return []
    left = "" if before is None else _names(before["allowed"])
    return [Difference(label=_("Tools that may be used"), before=left, after=_names(after["allowed"]))]


def _names(allowed: list[str] | None) -> str:
    return _("all that it offers") if allowed is None else ", ".join(allowed)


def _fields(
    model: type[models.Model], names: tuple[str, ...], old: Mapping[str, Any], new: Mapping[str, Any]
) -> list[Difference]:
    return [
        _difference(model._meta.get_field(name), old.get(name), new.get(name))
        for name in names
        if name not in _UNSEEN and old.get(name) != new.get(name)
    ]


def _difference(column: Any, before: Any, after: Any) -> Difference:
    label = str(column.verbose_name)
    label = label[:1].upper() + label[1:]
    left, right = _text(column, before), _text(column, after)
    if max(len(left), len(right)) <= _SHORT and "\n" not in left + right:
        return Difference(label=label, before=left, after=right)
    return Difference(label=label, lines=lines(left, right))


def lines(before: str, after: str) -> list[Line]:
    """The changed lines of a text with some around them."""
    found: list[Line] = []
    for raw in difflib.unified_diff(before.splitlines(), after.splitlines(), n=_CONTEXT, lineterm=""):
        if raw.startswith(("---", "+++")) and not found:
            continue
        if raw.startswith("@@"):
            found.append(Line("…", ""))
            continue
        found.append(Line(raw[:1].strip(), raw[1:]))
    return found[1:]


def _text(column: Any, value: Any) -> str:
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(value, dict) and all(isinstance(each, list) for each in value.values()):
        return "\n".join(f"{name}: {', '.join(map(str, each))}" for name, each in value.items())
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, indent=2)
    return str(value)


def _secrets(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """That they changed, never what they are."""
    labels = {"headers": _("Headers"), "secret": _("Secret for signing")}
    return [
        Difference(label=labels[name], before=_covered(before.get(name)), after=_covered(after.get(name)))
        for name in SECRET
        if before.get(name) != after.get(name)
    ]


def _covered(value: Any) -> str:
    return "••••" if value else ""
