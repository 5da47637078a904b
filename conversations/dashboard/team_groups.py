"""Settings → Team group: in which group at a messenger the team hears that a chat asks for a person."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from conversations.services import team_groups
from happ_project.companies.dashboard.access import owner_only
from happ_project.core import ids


@never_cache
@owner_only
def show(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        given = [ids.read(text) for text in request.POST.getlist("group")]
        team_groups.choose([chat_id for chat_id in given if chat_id])
        messages.success(request, _("Saved."))
        return redirect("conversations:team-groups")
    chosen = team_groups.chosen()
    rows = [
        {"chat": chat, "adapter": chat.integration.address.adapter_class, "chosen": chat.pk in chosen}
        for chat in team_groups.possible()
    ]
    return render(request, "conversations/team_groups.html", {"rows": rows})
