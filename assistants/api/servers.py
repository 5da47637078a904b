"""MCP servers of assistants in the REST API; what is changed here is published at once, as with tools."""

from typing import Any

from django.core.exceptions import ValidationError as Unacceptable
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from assistants import selectors
from assistants.api import server_shapes as shapes
from assistants.models import McpServer
from assistants.services import mcp_servers, versions
from happ_project.core.api import ids, paging
from happ_project.core.api.naming import camel
from happ_project.core.api.serializers import Deleted, read
from happ_project.core.api.views import CompanyAPIView

_COLUMNS = {
    "name": "name",
    "url": "url",
    "headers": "headers",
    "timeout_seconds": "timeout_seconds",
    "is_enabled": "enabled",
}
_SAID = {column: camel(name) for name, column in _COLUMNS.items()}


def _columns(given: dict[str, Any]) -> dict[str, Any]:
    return {column: given[name] for name, column in _COLUMNS.items() if name in given}


def _rows() -> QuerySet[McpServer]:
    return McpServer.objects.filter(assistant__deleted_at=None).select_related("assistant")


def _find(server_id: str) -> McpServer:
    return ids.find(_rows(), server_id, what=_("MCP server"))


def _refused(error: Unacceptable) -> ValidationError:
    """In the words and names of the API."""
    return ValidationError({_SAID.get(name, name): said for name, said in error.message_dict.items()})


def _settle(server: McpServer, given: dict[str, Any], *, ask: bool) -> Response:
    """Ask it for its tools if need be, keep what is allowed of them, and let conversations have it."""
    if ask:
        mcp_servers.refresh(server)
    if "allowed_tools" in given:
        allowed = given["allowed_tools"]
        left_out = [] if allowed is None else [name for name in server.tool_names if name not in allowed]
        mcp_servers.change(server, draft=True, left_out=left_out)
    versions.publish_server(server)
    return Response(shapes.ServerShape(server).data)


class Servers(CompanyAPIView):
    @extend_schema(
        operation_id="getAssistantMcpServers",
        tags=["tools"],
        parameters=[shapes.ServerFilters, *paging.PARAMETERS],
        responses=shapes.ServerShape(many=True),
    )
    def get(self, request: Request) -> Response:
        """The servers of the assistants with what they offer, oldest first. The values of headers are never shown."""
        wanted = read(shapes.ServerFilters, request.query_params)
        rows = _rows().order_by("created_at", "id")
        if "assistant_id" in wanted:
            rows = rows.filter(assistant_id=wanted["assistant_id"])
        return Response(shapes.ServerShape(paging.read(request).of(rows), many=True).data)

    @extend_schema(
        operation_id="createAssistantMcpServer",
        tags=["tools"],
        request=shapes.ServerDraft,
        responses={201: shapes.ServerShape},
    )
    def post(self, request: Request) -> Response:
        """Give an assistant a server. It is asked for its tools at once; `problem` says why it could not be."""
        draft = read(shapes.ServerDraft, request.data)
        assistant = selectors.assistants().filter(pk=draft["assistant_id"]).first()
        if assistant is None:
            raise ValidationError({"assistantId": _("There is no such assistant in this company.")})
        try:
            made = mcp_servers.create(assistant, draft=True, **_columns(draft))
        except Unacceptable as error:
            raise _refused(error) from None
        answer = _settle(made, draft, ask=True)
        answer.status_code = 201
        return answer


class OneServer(CompanyAPIView):
    @extend_schema(operation_id="getAssistantMcpServer", tags=["tools"], responses=shapes.ServerShape)
    def get(self, request: Request, server_id: str) -> Response:
        """One server with what it offers, without the values of its headers."""
        return Response(shapes.ServerShape(_find(server_id)).data)

    @extend_schema(
        operation_id="updateAssistantMcpServer",
        tags=["tools"],
        request=shapes.ServerChange,
        responses=shapes.ServerShape,
    )
    def patch(self, request: Request, server_id: str) -> Response:
        """Change what is given, leave the rest; headers are forgotten when the address changes without them."""
        server = _find(server_id)
        given = read(shapes.ServerChange, request.data, partial=True)
        moved = given.get("url", server.url) != server.url
        try:
            changed = mcp_servers.change(server, draft=True, **_columns(given))
        except Unacceptable as error:
            raise _refused(error) from None
        return _settle(changed, given, ask=moved or "headers" in given)

    @extend_schema(operation_id="deleteAssistantMcpServer", tags=["tools"], responses={200: Deleted})
    def delete(self, request: Request, server_id: str) -> Response:
        """Take it away; conversations under way go on with it until they begin anew."""
        mcp_servers.remove(_find(server_id))
        return Response({"message": "MCP server deleted successfully", "id": server_id})


class Refresh(CompanyAPIView):
    @extend_schema(operation_id="refreshAssistantMcpServer", tags=["tools"], request=None, responses=shapes.ServerShape)
    def post(self, request: Request, server_id: str) -> Response:
        """Ask it for its tools again; what is new among them may be used, unless `allowedTools` says otherwise."""
        return _settle(_find(server_id), {}, ask=True)
