"""Tools of assistants in the REST API."""

from typing import Any

from django.core.exceptions import ValidationError as Unacceptable
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from assistants import selectors
from assistants.api import tool_shapes as shapes
from assistants.models import AssistantTool
from assistants.services import tools
from happ_project.core.api import ids, paging
from happ_project.core.api.naming import camel
from happ_project.core.api.serializers import Deleted, read
from happ_project.core.api.views import CompanyAPIView

_COLUMNS = {
    "name": "name",
    "type": "type",
    "description": "description",
    "api_call_url": "url",
    "http_method": "method",
    "execution_mode": "execution_mode",
    "headers": "headers",
    "webhook_secret": "secret",
    "params": "params",
    "parameters": "parameters",
    "timeout_seconds": "timeout_seconds",
    "is_enabled": "enabled",
}
_SAID = {column: camel(name) for name, column in _COLUMNS.items()}
_VOICE = ("disable_interruptions", "tool_call_sound", "eleven_labs_tool_id")
_EMPTY: dict[str, Any] = {"headers": {}, "params": [], "parameters": {}}


def _columns(given: dict[str, Any], *, voice: dict[str, Any]) -> dict[str, Any]:
    columns = {
        column: _EMPTY.get(column, "") if given[name] is None else given[name]
        for name, column in _COLUMNS.items()
        if name in given
    }
    kept = {camel(name): given[name] for name in _VOICE if name in given}
    return {**columns, "voice": {**voice, **kept}} if kept else columns


def _rows() -> QuerySet[AssistantTool]:
    return AssistantTool.objects.filter(assistant__deleted_at=None)


def _find(tool_id: str) -> AssistantTool:
    return ids.find(_rows().select_related("assistant"), tool_id, what=_("tool"))


def _refused(error: Unacceptable) -> ValidationError:
    """In the words and names of the API."""
    return ValidationError({_SAID.get(name, name): said for name, said in error.message_dict.items()})


class Tools(CompanyAPIView):
    @extend_schema(
        operation_id="getAssistantTools",
        tags=["tools"],
        parameters=[shapes.ToolFilters, *paging.PARAMETERS],
        responses=shapes.ToolShape(many=True),
    )
    def get(self, request: Request) -> Response:
        """What the assistants can do, oldest first. Secrets and the values of headers are never shown."""
        wanted = read(shapes.ToolFilters, request.query_params)
        rows = _rows().order_by("created_at", "id")
        if "assistant_id" in wanted:
            rows = rows.filter(assistant_id=wanted["assistant_id"])
        for name, column in (("name", "name"), ("api_call_url", "url")):
            if name in wanted:
                rows = rows.filter(**{f"{column}__icontains": wanted[name]})
        if "search" in wanted:
            text = wanted["search"]
            rows = rows.filter(Q(name__icontains=text) | Q(description__icontains=text) | Q(url__icontains=text))
        return Response(shapes.ToolShape(paging.read(request).of(rows), many=True).data)

    @extend_schema(
        operation_id="createAssistantTool",
        tags=["tools"],
        request=shapes.ToolDraft,
        responses={201: shapes.ToolShape},
    )
    def post(self, request: Request) -> Response:
        """Give an assistant a tool; it may call it from its next answer on."""
        draft = read(shapes.ToolDraft, request.data)
        assistant = selectors.assistants().filter(pk=draft["assistant_id"]).first()
        if assistant is None:
            raise ValidationError({"assistantId": _("There is no such assistant in this company.")})
        try:
            made = tools.create(assistant, **_columns(draft, voice={}))
        except Unacceptable as error:
            raise _refused(error) from None
        return Response(shapes.ToolShape(made).data, status=201)


class OneTool(CompanyAPIView):
    @extend_schema(operation_id="getAssistantTool", tags=["tools"], responses=shapes.ToolShape)
    def get(self, request: Request, tool_id: str) -> Response:
        """One tool, without its secrets."""
        return Response(shapes.ToolShape(_find(tool_id)).data)

    @extend_schema(
        operation_id="updateAssistantTool", tags=["tools"], request=shapes.ToolChange, responses=shapes.ToolShape
    )
    def patch(self, request: Request, tool_id: str) -> Response:
        """Change what is given, leave the rest; headers are forgotten when the address changes without them."""
        tool = _find(tool_id)
        given = read(shapes.ToolChange, request.data, partial=True)
        try:
            changed = tools.change(tool, **_columns(given, voice=tool.voice))
        except Unacceptable as error:
            raise _refused(error) from None
        return Response(shapes.ToolShape(changed).data)

    @extend_schema(operation_id="deleteAssistantTool", tags=["tools"], responses={200: Deleted})
    def delete(self, request: Request, tool_id: str) -> Response:
        """Take it away; answers being made may still call it."""
        tools.remove(_find(tool_id))
        return Response({"message": "Tool deleted successfully", "id": tool_id})
