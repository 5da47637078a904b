"""The whole of an assistant as plain values, taken from its draft, and given back as rows that are not saved."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from assistants.models import Assistant, AssistantTool, AssistantVersion, McpServer
from assistants.services import server_snapshots
from happ_project.core import prepared
from happ_project.core.crypto import Secret

SETTINGS = tuple(
    each.name
    for each in Assistant._meta.concrete_fields
    if each.name not in {"id", "company", "created_at", "updated_at", "deleted_at"}
)
"""The columns of an assistant that are published; a new column is among them by itself."""
SECRET = ("headers", "secret")
TOOL_COLUMNS = tuple(
    each.name
    for each in AssistantTool._meta.concrete_fields
    if each.name not in {"company", "assistant", "updated_at", *SECRET}
)


@dataclass(kw_only=True)
class Content:
    """Settings by column, tools and MCP servers in their order (without secrets), and their secrets by id.

    `listed` is what each server offers, by its id: the server's own words, which are no change of anybody's.
    """

    settings: dict[str, Any]
    tools: list[dict[str, Any]] = field(default_factory=list)
    servers: list[dict[str, Any]] = field(default_factory=list)
    secrets: dict[str, dict[str, Any]] = field(default_factory=Secret)
    listed: dict[str, list[dict[str, Any]]] = field(default_factory=dict, compare=False)

    def columns(self) -> dict[str, Any]:
        """As a version stores it."""
        servers = [{**values, "listed": self.listed.get(values["id"], [])} for values in self.servers]
        return {"settings": self.settings, "tools": self.tools, "servers": servers, "secrets": self.secrets}


def of_draft(assistant: Assistant) -> Content:
    """What would be published now."""
    rows, servers = drafted_tools(assistant.pk), server_snapshots.drafted(assistant.pk)
    secrets = {str(row.pk): tool_secrets(row) for row in rows}
    return Content(
        settings=settings_of(assistant),
        tools=[tool_values(row) for row in rows],
        servers=[server_snapshots.values(row) for row in servers],
        secrets=Secret(secrets | {str(row.pk): server_snapshots.secrets(row) for row in servers}),
        listed={str(row.pk): row.tools for row in servers},
    )


def of_version(version: AssistantVersion) -> Content:
    """A column that is younger than the version has its default."""
    content = Content(
        settings=_complete(Assistant, SETTINGS, version.settings),
        tools=[_complete(AssistantTool, TOOL_COLUMNS, values) for values in version.tools],
        secrets=Secret(version.secrets),
    )
    for known in version.servers:
        content.servers.append({name: value for name, value in known.items() if name != "listed"})
        content.listed[known["id"]] = known.get("listed", [])
    return content


def put_server(content: Content, row: McpServer) -> None:
    """The server as the draft has it, in the place of what was known of it."""
    key = str(row.pk)
    content.servers = _with(content.servers, server_snapshots.values(row))
    content.secrets[key], content.listed[key] = server_snapshots.secrets(row), row.tools


def put_tool(content: Content, tool: AssistantTool) -> None:
    """The same with a tool."""
    content.tools = _with(content.tools, tool_values(tool))
    content.secrets[str(tool.pk)] = tool_secrets(tool)


def _with(known: list[dict[str, Any]], values: dict[str, Any]) -> list[dict[str, Any]]:
    kept = [values if each["id"] == values["id"] else each for each in known]
    return kept if values in kept else [*kept, values]


def settings_of(assistant: Assistant) -> dict[str, Any]:
    return {name: _plain(getattr(assistant, name)) for name in SETTINGS}


def tool_values(tool: AssistantTool) -> dict[str, Any]:
    return {name: _plain(getattr(tool, name)) for name in TOOL_COLUMNS}


def tool_secrets(tool: AssistantTool) -> dict[str, Any]:
    return {name: dict(getattr(tool, name)) for name in SECRET}


@prepared.query
def drafted_tools(assistant_id: UUID) -> models.QuerySet[AssistantTool]:
    tools: models.QuerySet[AssistantTool] = AssistantTool.objects.filter(assistant_id=assistant_id)
    return tools.order_by("created_at", "id")


def tools_of(assistant: Assistant) -> list[AssistantTool]:
    """Its tools: those of the version, if the assistant is one of a version, else the draft's."""
    version = assistant.as_of
    if version is None:
        return drafted_tools(assistant.pk)
    return [_tool(assistant, values, version.secrets.get(values["id"], {})) for values in version.tools]


def servers_of(assistant: Assistant) -> list[McpServer]:
    """Its MCP servers with the tools it may use: those of the version, if the assistant is one of a version."""
    version = assistant.as_of
    return server_snapshots.drafted(assistant.pk) if version is None else server_snapshots.rows(version)


def secrets_of(assistant: Assistant) -> list[dict[str, Any]]:
    """Headers and secrets of each tool and server, of the version that the assistant is of and of the draft."""
    version = assistant.as_of
    known = [] if version is None else [*of_version(version).secrets.values()]
    tools = [tool_secrets(row) for row in drafted_tools(assistant.pk)]
    return [*known, *tools, *(server_snapshots.secrets(row) for row in server_snapshots.drafted(assistant.pk))]


def as_of(version: AssistantVersion) -> Assistant:
    """The assistant as it was then; can be asked everything but to be saved."""
    assistant = Assistant(id=version.assistant_id, company_id=version.company_id)
    _fill(assistant, version.settings)
    assistant.as_of = version
    return assistant


def restore(assistant: Assistant, content: Content) -> None:
    """Make the draft what it was then. Call in a transaction, with the assistant's row locked."""
    _fill(assistant, content.settings)
    assistant.save()
    AssistantTool.objects.filter(assistant_id=assistant.pk).delete()
    rows = [_tool(assistant, values, content.secrets.get(values["id"], {})) for values in content.tools]
    AssistantTool.objects.bulk_create(rows)
    server_snapshots.restore(assistant, content.servers, content.secrets, content.listed)


def _fill(assistant: Assistant, settings: dict[str, Any]) -> None:
    for name in SETTINGS:
        if name in settings:
            setattr(assistant, name, _column(Assistant, name).to_python(settings[name]))


def _tool(assistant: Assistant, values: dict[str, Any], secrets: dict[str, Any]) -> AssistantTool:
    known = {name: _column(AssistantTool, name).to_python(values[name]) for name in TOOL_COLUMNS if name in values}
    hidden = {name: Secret(secrets.get(name, {})) for name in SECRET}
    return AssistantTool(company_id=assistant.company_id, assistant_id=assistant.pk, **known, **hidden)


def _complete(model: type[models.Model], names: tuple[str, ...], values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] if name in values else _plain(_column(model, name).get_default()) for name in names}


def _column(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def _plain(value: Any) -> Any:
    """As JSON gives it back, so that what is stored can be compared with what would be."""
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))
