"""The way back from a platform's own page, where a person has allowed something, or has not."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from happ_project.companies.dashboard.access import in_company
from messengers.services import visits


@require_GET
@never_cache
@in_company
def come_back(request: HttpRequest) -> HttpResponse:
    """Takes what the platform says to the login that waits for it, and shows that login's page."""
    try:
        attempt = visits.arrive(
            request.session,
            {name: str(value) for name, value in request.GET.items()},
            user_id=request.user.pk,
            company_id=request.company.pk,  # type: ignore[attr-defined]
        )
    except visits.Unexpected as error:
        messages.error(request, str(error))
        return redirect("integrations:add")
    return redirect("integrations:login", attempt.public_id)
