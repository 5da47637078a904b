"""What a version holds of the MCP servers: where they are, and which of their tools were allowed when it was published.

What a tool takes and how it is described stays the server's own to say. Its list is kept with the version all the same:
a conversation goes on by it when the draft's server was removed or moved meanwhile.
"""

from typing import Any
from uuid import UUID

from django.db import models

from assistants.models import Assistant, AssistantVersion, McpServer
from happ_project.core import clock, prepared
from happ_project.core.crypto import Secret

COLUMNS = ("id", "name", "url", "timeout_seconds", "enabled")
"""What a version holds as it stands in the row; besides, `allowed` (names; None: all it offers), and the headers."""


@prepared.query
def drafted(assistant_id: UUID) -> models.QuerySet[McpServer]:
    servers: models.QuerySet[McpServer] = McpServer.objects.filter(assistant_id=assistant_id)
    return servers.order_by("created_at", "id")


def values(server: McpServer) -> dict[str, Any]:
    """`allowed` is a list of names as soon as the server was asked: what it offers later is for people to allow.

    What it withdraws stays allowed: that is the server's doing, and no change of anybody's here.
    """
    named = server.tool_names
    kept = {name: getattr(server, name) for name in COLUMNS}
    return {**kept, "id": str(server.pk), "allowed": sorted(set(named) - set(server.left_out)) if named else None}


def awaited(offered: list[dict[str, Any]], allowed: list[str] | None) -> list[str]:
    """What is allowed and not offered."""
    return sorted(set(allowed or ()) - {row["name"] for row in offered})


def secrets(server: McpServer) -> dict[str, Any]:
    return {"headers": dict(server.headers)}


def rows(version: AssistantVersion) -> list[McpServer]:
    """The servers that a version allows, not to be saved, each with the tools it may use and how old their list is."""
    drafts = {str(row.pk): row for row in drafted(version.assistant_id)} if version.servers else {}
    return [
        _row(version, known, drafts.get(known["id"]), version.secrets.get(known["id"], {})) for known in version.servers
    ]


def _row(
    version: AssistantVersion, known: dict[str, Any], draft: McpServer | None, hidden: dict[str, Any]
) -> McpServer:
    made = _made(version.company_id, version.assistant_id, known, hidden)
    made.tools = known.get("listed", [])
    if draft is not None and draft.url == made.url and draft.tools:
        made.tools = draft.tools
    # nobody asks a server for news that stands with no draft: what it offered then is what may be used
    made.asked_at = draft.asked_at if draft is not None and draft.url == made.url else clock.now()
    made.problem = draft.problem if draft is not None else ""
    allow(made, known["allowed"])
    return made


def allow(server: McpServer, names: list[str] | None) -> None:
    """Leave out everything else of what it offers."""
    server.left_out = [] if names is None else [row["name"] for row in server.tools if row["name"] not in names]


def restore(
    assistant: Assistant,
    servers: list[dict[str, Any]],
    hidden: dict[str, Any],
    listed: dict[str, list[dict[str, Any]]],
) -> None:
    """Make the draft's servers these. What one of them was heard to offer is kept while it stays where it is.

    `listed` is what each of them offered when it was published, by its id.
    """
    drafts = {str(row.pk): row for row in drafted(assistant.pk)}
    McpServer.objects.filter(assistant_id=assistant.pk).delete()
    for known in servers:
        row = _made(assistant.company_id, assistant.pk, known, hidden.get(known["id"], {}))
        before = drafts.get(known["id"])
        if before is not None:
            row.created_at = before.created_at
        if before is not None and before.url == row.url:
            row.tools, row.asked_at, row.problem = before.tools, before.asked_at, before.problem
        else:
            row.tools = listed.get(known["id"], [])
        row.awaited = awaited(row.tools, known["allowed"])
        allow(row, known["allowed"])
        row.save(force_insert=True)


def _made(company_id: Any, assistant_id: Any, known: dict[str, Any], hidden: dict[str, Any]) -> McpServer:
    columns = {name: _column(name).to_python(known[name]) for name in COLUMNS}
    headers = Secret(hidden.get("headers", {}))
    return McpServer(company_id=company_id, assistant_id=assistant_id, headers=headers, **columns)


def _column(name: str) -> Any:
    return McpServer._meta.get_field(name)
