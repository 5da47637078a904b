"""MCP servers of assistants: kept, asked for their tools, and those tools made into what the engine can call."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from assistants.llm.model import Tool
from assistants.models import Assistant, McpServer
from assistants.services import server_snapshots, snapshots, tools, versions
from assistants.tools import mcp, results, schema
from assistants.tools.mcp import McpError, Session
from assistants.tools.toolbox import Ability, Done
from happ_project.core import clock, http
from happ_project.core.crypto import Secret

FRESH_FOR, FAILED_FOR = timedelta(hours=1), timedelta(minutes=5)
"""After so long a server is asked anew for its tools; after a failure, sooner."""
_MOST_SERVERS = 10
_LONGEST_DESCRIPTION = 1_000
_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_-]{0,23}$")


@transaction.atomic
def create(assistant: Assistant, *, draft: bool = False, **fields: Any) -> McpServer:
    """`fields` are columns, `headers` a mapping. Raises `ValidationError` naming the field. Ask it then: `refresh`.

    It is published at once; `draft`: it waits until a person publishes the assistant, or for `versions.publish_server`.
    """
    versions.latest(assistant)
    if McpServer.objects.filter(assistant_id=assistant.pk).count() >= _MOST_SERVERS:
        raise ValidationError({"name": _("An assistant has at most %d servers.") % _MOST_SERVERS})
    made = _saved(McpServer(company_id=assistant.company_id, assistant=assistant), fields)
    if not draft:
        versions.publish_server(made)
    return made


@transaction.atomic
def change(server: McpServer, *, draft: bool = False, **fields: Any) -> McpServer:
    """As `create`; what is left out stays, so that stored headers need not be known to change the rest."""
    versions.latest(server.assistant)
    changed = _saved(server, fields)
    if not draft:
        versions.publish_server(changed)
    return changed


@transaction.atomic
def remove(server: McpServer, *, draft: bool = False) -> None:
    versions.latest(server.assistant)
    key = server.pk
    server.delete()
    if not draft:
        versions.withdraw_server(server.assistant, key)


def copy(server: McpServer, assistant: Assistant) -> McpServer:
    """The same server for another assistant; its headers go along only within one company."""
    names = ("name", "url", "timeout_seconds", "enabled", "tools", "left_out")
    return McpServer.objects.create(
        company_id=assistant.company_id,
        assistant_id=assistant.pk,
        headers=server.headers if server.company_id == assistant.company_id else Secret(),
        **{name: getattr(server, name) for name in names},
    )


def _saved(server: McpServer, fields: dict[str, Any]) -> McpServer:
    if "headers" in fields:
        fields["headers"] = Secret(fields["headers"] or {})
    moved = fields.get("url", server.url) != server.url
    if moved and "headers" not in fields:
        # else whoever may change the address could send the stored keys to a server of their own
        fields["headers"] = Secret()
    if moved:
        fields |= {"tools": [], "awaited": [], "asked_at": None, "problem": ""}
    for name, value in fields.items():
        setattr(server, name, value)
    server.clean_fields(exclude=["company", "assistant"])
    if not _NAME.match(server.name):
        raise ValidationError({"name": _("Use Latin letters, digits, _ and - only, at most 24, such as shop.")})
    if problem := http.problem_with(server.url):
        raise ValidationError({"url": _(problem)})
    tools.check_headers(server.headers, reserved=("mcp-", "accept"))
    try:
        with transaction.atomic():
            server.save()
    except IntegrityError:
        raise ValidationError({"name": _("This assistant has a server of this name already.")}) from None
    return server


def refresh(server: McpServer) -> bool:
    """Ask it for its tools, outside any transaction; a failure keeps those known and is noted. True: it answered."""
    return _note(server, _listed(server))


def _listed(server: McpServer) -> list[dict[str, Any]] | McpError:
    """What it says of its tools, or why it does not; the network only, so that several can be asked at once."""
    session = Session(_server_of(server))
    try:
        return [_plain(row) for row in session.tools() if isinstance(row.get("name"), str)]
    except McpError as error:
        return error
    finally:
        session.close()


def _note(server: McpServer, said: list[dict[str, Any]] | McpError) -> bool:
    if isinstance(said, McpError):
        server.problem = str(said)[:300]
    else:
        server.tools, server.problem = said, ""
        server.awaited = server_snapshots.awaited(said, _published(server))
    server.asked_at = clock.now()
    McpServer.objects.filter(pk=server.pk, url=server.url).update(
        tools=server.tools, awaited=server.awaited, problem=server.problem, asked_at=server.asked_at
    )
    return not server.problem


def _published(server: McpServer) -> list[str] | None:
    """Which of its tools customers' conversations may use; None: not published, or whatever it offers."""
    known = versions.latest(server.assistant).servers
    return next((each["allowed"] for each in known if each["id"] == str(server.pk)), None)


def usable(server: McpServer) -> list[tuple[str, Tool]]:
    """Its tools that can be called: the name there, and the tool as the model is told of it."""
    found: dict[str, tuple[str, Tool]] = {}
    for row in server.tools:
        name = re.sub(r"[^A-Za-z0-9_-]", "_", f"{server.name}_{row['name']}")[:64]
        if row["name"] in server.left_out or name in found:
            continue
        try:
            parameters = schema.of_stranger(row.get("inputSchema") or {})
        except schema.BadSchema:
            continue
        description = str(row.get("description") or row.get("title") or row["name"])[:_LONGEST_DESCRIPTION]
        found[name] = row["name"], Tool(name=name, description=description, parameters=parameters, strict=False)
    return list(found.values())


def abilities(assistant: Assistant) -> tuple[list[Ability], list[Session]]:
    """What the assistant's servers let it do, and the sessions to close when the turn is over."""
    made: list[Ability] = []
    sessions: list[Session] = []
    servers = [server for server in snapshots.servers_of(assistant) if server.enabled]
    asked = [server for server in servers if _is_stale(server) and _claimed(server)]
    if asked:
        with ThreadPoolExecutor(len(asked), thread_name_prefix="tool") as pool:
            for server, said in zip(asked, pool.map(_listed, asked), strict=True):
                _note(server, said)
        # what is news there may not be allowed here
        servers = [server for server in snapshots.servers_of(assistant) if server.enabled]
    for server in servers:
        session = Session(_server_of(server))
        sessions.append(session)
        made += [_ability(session, name, tool) for name, tool in usable(server)]
    return made, sessions


def _ability(session: Session, name: str, tool: Tool) -> Ability:
    def run(arguments: dict[str, Any]) -> Done:
        try:
            result = session.call(name, arguments)
        except McpError as error:
            return Done(text=results.failure(str(error)), ok=False)
        if not result.ok:
            failed = results.failure("the tool says that it failed", said=result.text)
            return Done(text=failed, ok=False, outside=(tool.name,))
        return Done(text=results.data(result.text, cut=result.cut), outside=(tool.name,))

    # what a server says of its own tools, that one only looks, is no ground to believe it
    return Ability(tool=tool, run=run, elsewhere=True, acts=True)


def _is_stale(server: McpServer) -> bool:
    if server.asked_at is None:
        return True
    return clock.now() - server.asked_at > (FAILED_FOR if server.problem else FRESH_FOR)


def _claimed(server: McpServer) -> bool:
    """Of several turns at once one asks; the others go on with what is known."""
    same = McpServer.objects.filter(pk=server.pk, asked_at=server.asked_at)
    return bool(same.update(asked_at=clock.now()))


def _server_of(server: McpServer) -> mcp.Server:
    return mcp.Server(url=server.url, headers=dict(server.headers), timeout=server.timeout_seconds)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a tool's description."""
    kept: dict[str, Any] = {name: row[name] for name in ("name", "title", "description", "inputSchema") if name in row}
    return {**kept, "name": str(row["name"])[:128]}
