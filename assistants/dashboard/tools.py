"""What an assistant can do: its tools, adding and changing them, trying one out."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from assistants.dashboard import pages, tool_forms
from assistants.models import Assistant, AssistantTool, McpServer
from assistants.services import tools
from assistants.tools import schema
from happ_project.companies.dashboard.access import in_company

_FIELDS = {"headers": "headers_text", "secret": "secret_text", "parameters": "schema_text"}
_LONGEST_SHOWN = 10_000
_SAMPLES = {"string": "", "number": 0, "integer": 0, "boolean": True, "array": [], "object": {}}


def _find(assistant_id: UUID, tool_id: UUID) -> AssistantTool:
    found = AssistantTool.objects.select_related("assistant").filter(
        pk=tool_id, assistant_id=assistant_id, assistant__deleted_at=None
    )
    tool = found.first()
    if tool is None:
        raise Http404
    return tool


@require_GET
@never_cache
@in_company
def show(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    assistant = pages.find(assistant_id)
    rows = AssistantTool.objects.filter(assistant=assistant).order_by("created_at", "id")
    servers = McpServer.objects.filter(assistant=assistant).order_by("created_at", "id")
    return render(
        request, "assistants/tools.html", {"assistant": assistant, "tools": rows, "servers": servers, "tab": "tools"}
    )


@never_cache
@in_company
def add(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    return _edit(request, pages.find(assistant_id), None)


@never_cache
@in_company
def edit(request: HttpRequest, assistant_id: UUID, tool_id: UUID) -> HttpResponse:
    tool = _find(assistant_id, tool_id)
    return _edit(request, tool.assistant, tool)


def _edit(request: HttpRequest, assistant: Assistant, tool: AssistantTool | None) -> HttpResponse:
    form = tool_forms.ToolForm(request.POST or None, instance=tool)
    table = tool_forms.ParameterTable(request.POST or None, initial=tool_forms.rows_of(tool), prefix="params")
    if request.method == "POST" and form.is_valid() and table.is_valid():
        columns = {**form.columns(), "params": tool_forms.params_from(table)}
        try:
            saved = (
                tools.change(tool, draft=True, **columns) if tool else tools.create(assistant, draft=True, **columns)
            )
        except ValidationError as error:
            _say(form, error)
        else:
            messages.success(request, _("Saved as a draft. Try it out, then publish it."))
            return redirect("assistants:tool-try", assistant.pk, saved.pk)
    context = {"assistant": assistant, "tool": tool, "form": form, "table": table, "tab": "tools"}
    return render(request, "assistants/tool.html", context, status=422 if form.is_bound else 200)


def _say(form: tool_forms.ToolForm, error: ValidationError) -> None:
    """The service's complaints beside the fields they are about."""
    for name, said in error.message_dict.items():
        field = _FIELDS.get(name, name)
        form.add_error(field if field in form.fields else None, said)


@require_POST
@in_company
def remove(request: HttpRequest, assistant_id: UUID, tool_id: UUID) -> HttpResponse:
    tools.remove(_find(assistant_id, tool_id), draft=True)
    messages.success(request, _("Deleted from the draft. Once you publish, the assistant cannot call it any more."))
    return redirect("assistants:tools", assistant_id)


@never_cache
@in_company
def try_out(request: HttpRequest, assistant_id: UUID, tool_id: UUID) -> HttpResponse:
    """One real call, with what was sent and what came back."""
    tool = _find(assistant_id, tool_id)
    form = tool_forms.TrialForm(request.POST or None, initial={"arguments": _sample(tool)})
    exchange = None
    if request.method == "POST" and tool.url and form.is_valid():
        try:
            exchange = tools.try_out(tool, form.cleaned_data["arguments"])
        except ValidationError as error:
            form.add_error("arguments", error.message_dict["arguments"])
    context: dict[str, Any] = {"assistant": tool.assistant, "tool": tool, "form": form, "tab": "tools"}
    if exchange:
        context |= {"exchange": exchange, "answer": exchange.text[:_LONGEST_SHOWN]}
    return render(request, "assistants/tool_try.html", context, status=422 if form.errors else 200)


def _sample(tool: AssistantTool) -> str:
    """Arguments to begin with: one of each."""
    properties = schema.of(tool.params, tool.parameters)["properties"]
    sample = {name: _SAMPLES.get(str(each.get("type")), "") for name, each in properties.items()}
    return json.dumps(sample, indent=2, ensure_ascii=False)
