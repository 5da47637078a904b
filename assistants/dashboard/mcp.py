"""Servers whose tools an assistant may use: adding one, choosing among its tools, asking it anew."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from assistants.dashboard import pages, tool_forms
from assistants.models import Assistant, McpServer
from assistants.services import mcp_servers
from happ_project.companies.dashboard.access import in_company
from happ_project.core import wording


class ServerForm(forms.ModelForm):
    """Headers are never shown again; left empty they stay as they are."""

    url = forms.URLField(label=gettext_lazy("Address"), max_length=1000, assume_scheme="https")
    headers_text = forms.CharField(
        label=gettext_lazy("Headers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "placeholder": "Authorization: Bearer …"}),
    )

    class Meta:
        model = McpServer
        fields = ("name", "url", "timeout_seconds", "enabled")
        help_texts = {"name": gettext_lazy("The names of its tools begin with it.")}

    clean_headers_text = tool_forms.ToolForm.clean_headers_text

    def _post_clean(self) -> None:
        """The service checks the whole."""

    def columns(self) -> dict[str, Any]:
        given = {name: self.cleaned_data[name] for name in self.Meta.fields}
        if self.cleaned_data["headers_text"]:
            given["headers"] = self.cleaned_data["headers_text"]
        return given


def _find(assistant_id: UUID, server_id: UUID) -> McpServer:
    found = McpServer.objects.select_related("assistant").filter(
        pk=server_id, assistant_id=assistant_id, assistant__deleted_at=None
    )
    server = found.first()
    if server is None:
        raise Http404
    return server


@never_cache
@in_company
def add(request: HttpRequest, assistant_id: UUID) -> HttpResponse:
    return _edit(request, pages.find(assistant_id), None)


@never_cache
@in_company
def edit(request: HttpRequest, assistant_id: UUID, server_id: UUID) -> HttpResponse:
    server = _find(assistant_id, server_id)
    return _edit(request, server.assistant, server)


def _edit(request: HttpRequest, assistant: Assistant, server: McpServer | None) -> HttpResponse:
    form = ServerForm(request.POST or None, instance=server)
    if request.method == "POST" and form.is_valid():
        columns = form.columns()
        if server and server.tool_names:
            allowed = set(request.POST.getlist("allowed"))
            columns["left_out"] = [name for name in server.tool_names if name not in allowed]
        try:
            saved = (
                mcp_servers.change(server, draft=True, **columns)
                if server
                else mcp_servers.create(assistant, draft=True, **columns)
            )
        except ValidationError as error:
            for name, said in error.message_dict.items():
                field = "headers_text" if name == "headers" else name
                form.add_error(field if field in form.fields else None, said)
        else:
            return _ask(request, saved)
    known = _find(assistant.pk, server.pk) if server else None
    context = {"assistant": assistant, "server": known, "form": form, "tools": _tools(known), "tab": "tools"}
    return render(request, "assistants/mcp.html", context, status=422 if form.is_bound else 200)


def _tools(server: McpServer | None) -> list[dict[str, Any]]:
    """What it offers, and what of it is allowed and not offered at present; whether the assistant can call it."""
    if server is None:
        return []
    left_out, server.left_out = server.left_out, []
    usable = {name for name, _tool in mcp_servers.usable(server)}
    server.left_out = left_out
    return [
        {
            "name": row["name"],
            "description": row.get("description", ""),
            "usable": row["name"] in usable,
            "allowed": row["name"] not in left_out,
        }
        for row in server.tools
    ] + [{"name": name, "awaited": True, "allowed": name not in left_out} for name in server.awaited]


@require_POST
@in_company
def refresh(request: HttpRequest, assistant_id: UUID, server_id: UUID) -> HttpResponse:
    return _ask(request, _find(assistant_id, server_id))


def _ask(request: HttpRequest, server: McpServer) -> HttpResponse:
    if mcp_servers.refresh(server):
        messages.success(request, _("It offers %d tools.") % len(server.tools))
    else:
        messages.error(request, wording.translated(server.problem))
    return redirect("assistants:mcp-edit", server.assistant_id, server.pk)


@require_POST
@in_company
def remove(request: HttpRequest, assistant_id: UUID, server_id: UUID) -> HttpResponse:
    mcp_servers.remove(_find(assistant_id, server_id), draft=True)
    messages.success(
        request, _("Deleted from the draft. Once you publish, the assistant cannot use its tools any more.")
    )
    return redirect("assistants:tools", assistant_id)
