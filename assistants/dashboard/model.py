"""Settings → AI model: the company's own key for a language model."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from assistants import selectors
from assistants.dashboard import forms
from assistants.models import Assistant, ModelSettings
from assistants.services import embedding, providers
from happ_project.companies.dashboard.access import owner_only

_COLUMNS = (
    *("base_url", "model", "fallback_model", "embedding_model", "enabled", "sees", "listens"),
    *("transcription_url", "transcription_model"),
)


@never_cache
@owner_only
def show(request: HttpRequest) -> HttpResponse:
    """The key is tried before it is kept, and never shown again."""
    company = request.company  # type: ignore[attr-defined]
    known = selectors.model_settings(company.pk)
    form = forms.ModelForm(request.POST or None, initial=_initial(known))
    if request.method == "POST" and form.is_valid():
        problem = _problem(company.pk, known, form.cleaned_data)
        if not problem:
            providers.save_settings(company.pk, **_given(form.cleaned_data))
            embedding.refresh_soon(company.pk)
            messages.success(request, _("Saved."))
            return redirect("assistants:model")
        form.add_error(None, problem)
    context = {
        "form": form,
        "known": known,
        "has_key": bool(known and known.credentials.get("api_key")),
        "embedding_problem": embedding.problem(company.pk),
        "current": providers.describe(Assistant(company=company)),
    }
    return render(request, "assistants/model.html", context, status=422 if form.is_bound else 200)


def _initial(known: ModelSettings | None) -> dict[str, Any]:
    if known is None:
        return {"enabled": True, "sees": True, "listens": True}
    return {name: getattr(known, name) for name in _COLUMNS}


def _given(cleaned: dict[str, Any]) -> dict[str, Any]:
    """An empty key field keeps the stored key."""
    keys = {name: cleaned[name].strip() or None for name in ("api_key", "transcription_key")}
    return {**cleaned, **keys}


def _problem(company_id: Any, known: ModelSettings | None, cleaned: dict[str, Any]) -> str:
    """Why this access cannot be used, in a sentence; "" if it works, or if it is switched off."""
    stored = dict(known.credentials) if known else {}
    key = cleaned["api_key"].strip() or stored.get("api_key", "")
    if not key and not cleaned["base_url"]:
        return _("Enter an API key, or the address of a server that needs none.")
    if known and stored.get("api_key") and not cleaned["api_key"] and cleaned["base_url"] != known.base_url:
        # else whoever may change the address could send the stored key to a server of their own
        return _("Enter the API key again: it was given for another server.")
    if not cleaned["enabled"]:
        return ""
    tried = {name: cleaned[name] for name in ("base_url", "model", "fallback_model", "embedding_model")}
    candidate = ModelSettings(company_id=company_id, credentials={"api_key": key}, **tried)
    return providers.check(candidate) or embedding.check(candidate)


@require_POST
@owner_only
def remove(request: HttpRequest) -> HttpResponse:
    company = request.company  # type: ignore[attr-defined]
    providers.forget_settings(company.pk)
    embedding.refresh_soon(company.pk)
    messages.success(request, _("The key is forgotten."))
    return redirect("assistants:model")
