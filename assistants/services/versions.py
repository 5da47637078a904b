"""Versions of an assistant: published from its draft, brought back, and what a conversation speaks by.

The row of an assistant with its tools and MCP servers is the draft, which people change. What customers hear is the
newest version. Programs know no drafts: what they change is published at once, and only that.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext as _

from assistants.models import Assistant, AssistantTool, AssistantVersion, McpServer
from assistants.services import snapshots
from assistants.services.snapshots import Content
from happ_project.core import prepared

Origin = AssistantVersion.Origin
LONGEST_NOTE = 300


class Unchanged(Exception):
    """There is nothing to publish."""


def history(assistant: Assistant) -> models.QuerySet[AssistantVersion]:
    """Newest first; the first one is what new conversations speak by."""
    return AssistantVersion.objects.filter(assistant_id=assistant.pk).select_related("author").order_by("-number")


def newest_id(assistant_id: UUID) -> UUID | None:
    """Of the version that new conversations speak by; None before there is one."""
    found = AssistantVersion.objects.filter(assistant_id=assistant_id).order_by("-number")
    return found.values_list("pk", flat=True).first()


def latest(assistant: Assistant) -> AssistantVersion:
    """What is published. An assistant that was never published gets its first version here."""
    found = _latest.first(assistant.pk)
    if found is not None:
        return found
    with transaction.atomic():
        row = locked(assistant)
        return history(assistant).first() or _add(row, snapshots.of_draft(row), origin=Origin.CREATED)


@prepared.query
def _latest(assistant_id: UUID) -> models.QuerySet[AssistantVersion]:
    versions: models.QuerySet[AssistantVersion] = AssistantVersion.objects.filter(assistant_id=assistant_id)
    return versions.order_by("-number")[:1]


def published(assistant: Assistant) -> Assistant:
    """The assistant as customers know it."""
    found = snapshots.as_of(latest(assistant))
    found.created_at, found.updated_at = assistant.created_at, assistant.updated_at
    return found


def is_changed(assistant: Assistant) -> bool:
    """Whether the draft has what is not published."""
    return snapshots.of_draft(assistant) != snapshots.of_version(latest(assistant))


@transaction.atomic
def publish(assistant: Assistant, *, author: Any = None, note: str = "") -> AssistantVersion:
    """Make the draft the newest version. Raises `Unchanged` when it is that already."""
    row = locked(assistant)
    content = snapshots.of_draft(row)
    newest = history(row).first()
    if newest and content == snapshots.of_version(newest):
        raise Unchanged(_("There is nothing new to publish."))
    return _add(row, content, author=author, note=note.strip()[:LONGEST_NOTE])


@transaction.atomic
def roll_back(version: AssistantVersion, *, author: Any = None, note: str = "") -> AssistantVersion:
    """Publish an older version anew, as the newest; the draft becomes the same, what was unpublished in it is lost."""
    row = locked(version.assistant)
    content = snapshots.of_version(version)
    newest = latest(row)
    snapshots.restore(row, content)
    if content == snapshots.of_version(newest):
        return newest
    more: dict[str, Any] = {"origin": Origin.RESTORED, "restored": version.number}
    return _add(row, content, author=author, note=note.strip()[:LONGEST_NOTE], **more)


@transaction.atomic
def discard_draft(assistant: Assistant) -> None:
    """Make the draft what is published."""
    row = locked(assistant)
    snapshots.restore(row, snapshots.of_version(latest(row)))


# --- what programs change is published at once, without what people have not finished ---------------------------------


@transaction.atomic
def publish_settings(assistant: Assistant, names: Iterable[str]) -> None:
    """Publish these columns of the draft on top of the newest version."""
    row = locked(assistant)
    drafted = snapshots.settings_of(row)
    content = snapshots.of_version(latest(row))
    content.settings |= {name: drafted[name] for name in names if name in drafted}
    _add_if_new(row, content)


@transaction.atomic
def publish_tool(tool: AssistantTool) -> None:
    """Publish this one tool on top of the newest version."""
    row = locked(tool.assistant)
    content = snapshots.of_version(latest(row))
    snapshots.put_tool(content, tool)
    _add_if_new(row, content)


@transaction.atomic
def withdraw_tool(assistant: Assistant, tool_id: UUID) -> None:
    """Publish the newest version without this tool."""
    row = locked(assistant)
    content = snapshots.of_version(latest(row))
    content.tools = [each for each in content.tools if each["id"] != str(tool_id)]
    content.secrets.pop(str(tool_id), None)
    _add_if_new(row, content)


@transaction.atomic
def publish_server(server: McpServer) -> None:
    """Publish this one MCP server on top of the newest version, with what of its tools is allowed now."""
    row = locked(server.assistant)
    content = snapshots.of_version(latest(row))
    snapshots.put_server(content, server)
    _add_if_new(row, content)


@transaction.atomic
def withdraw_server(assistant: Assistant, server_id: UUID) -> None:
    """Publish the newest version without this MCP server."""
    row = locked(assistant)
    content = snapshots.of_version(latest(row))
    content.servers = [each for each in content.servers if each["id"] != str(server_id)]
    content.secrets.pop(str(server_id), None)
    _add_if_new(row, content)


def _add_if_new(row: Assistant, content: Content) -> None:
    if content != snapshots.of_version(latest(row)):
        _add(row, content, origin=Origin.API)


def locked(assistant: Assistant) -> Assistant:
    """The draft's row, as it is now, until the end of the transaction."""
    return Assistant.objects.select_for_update().get(pk=assistant.pk)


def _add(row: Assistant, content: Content, **fields: Any) -> AssistantVersion:
    """The row is locked: numbers have no gap and no double."""
    newest = AssistantVersion.objects.filter(assistant=row).aggregate(models.Max("number"))["number__max"] or 0
    return AssistantVersion.objects.create(
        company_id=row.company_id,
        assistant=row,
        number=newest + 1,
        **content.columns(),
        **fields,
    )
