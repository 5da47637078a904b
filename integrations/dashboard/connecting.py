"""Adding an integration: choosing a messenger, and the one page that shows every login's steps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import segno
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from happ_project.companies.dashboard.access import in_company
from happ_project.companies.services import accounts
from integrations import selectors
from integrations.dashboard import pages
from integrations.services import integrations
from messengers import types
from messengers.models import Address, LoginAttempt
from messengers.services import addresses, features, login, visits


@require_GET
@never_cache
@in_company
def choose(request: HttpRequest) -> HttpResponse:
    is_verified = accounts.is_verified(request.user)  # type: ignore[arg-type]
    return render(request, "integrations/add.html", {"table": features.table(), "is_verified": is_verified})


@require_POST
@in_company
def start(request: HttpRequest, kind: str) -> HttpResponse:
    """Begin a login; a messenger that we host ourselves needs none and is there at once."""
    adapter = next((each for each in addresses.offered() if each.kind == kind), None)
    if adapter is None:
        raise Http404
    if not accounts.is_verified(request.user):  # type: ignore[arg-type]
        messages.error(request, _("Confirm your e-mail address first, then connect a channel."))
        return redirect("integrations:add")
    integrations.check_room()
    company = request.company  # type: ignore[attr-defined]
    if adapter.capabilities.transport != "hosted":
        attempt = login.start(company_id=company.pk, kind=kind, started_by=request.user)
        return redirect("integrations:login", attempt.public_id)
    address = addresses.create_hosted(company_id=company.pk, kind=kind, title=_(adapter.title))
    return redirect("integrations:detail", _take_into_use(address).pk)


def _take_into_use(address: Address) -> Any:
    """A new channel is of use at once: it is answered by the company's assistant, if there is only one."""
    integration = integrations.ensure(address)
    candidates = list(pages.assistants()[:2])
    if integration.assistant_id is None and len(candidates) == 1:
        integrations.assign(integration, candidates[0])
    integrations.switch_on(integration)
    return integration


@require_GET
@never_cache
@in_company
def show(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    return render(request, "integrations/login.html", _context(_attempt(attempt_id)))


@never_cache
@require_http_methods(["GET", "POST"])
@in_company
def step(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """The step alone: fetched again while the platform is at work, posted to with an answer."""
    attempt = _attempt(attempt_id)
    if request.method == "POST":
        login.answer(attempt, _answers(request))
        attempt = _attempt(attempt_id)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("integrations:login", attempt_id)
    return render(request, "integrations/_step.html", _context(attempt))


def _answers(request: HttpRequest) -> dict[str, str]:
    """By field name; of a field with several values one a line."""
    names = [name for name in request.POST if name != "csrfmiddlewaretoken"]
    return {name: "\n".join(value.strip() for value in request.POST.getlist(name)) for name in names}


@require_GET
@never_cache
@in_company
def visit(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """Off to the messenger's own page; only this browser can come back from there."""
    try:
        url = visits.depart(request.session, _attempt(attempt_id), user_id=request.user.pk)
    except visits.Unexpected as error:
        messages.info(request, str(error))
        return redirect("integrations:login", attempt_id)
    return redirect(url)


def _attempt(attempt_id: UUID) -> LoginAttempt:
    return get_object_or_404(LoginAttempt, public_id=attempt_id)


def _context(attempt: LoginAttempt) -> dict[str, Any]:
    shown = login.step_of(attempt) if attempt.status == LoginAttempt.Status.ACTIVE else None
    adapter = next(each for each in addresses.offered() if each.kind == attempt.kind)
    return {
        "attempt": attempt,
        "adapter": adapter,
        "step": shown,
        "step_name": type(shown).__name__,
        "qr": _drawn(shown.qr) if isinstance(shown, types.Show) and shown.qr else "",
        "polls": attempt.status == LoginAttempt.Status.ACTIVE and (shown is None or isinstance(shown, types.Show)),
        "connected": _connected(attempt),
    }


def _drawn(text: str) -> str:
    """A QR code as inline SVG without styles of its own."""
    picture = segno.make(text, error="m").svg_inline(scale=1, border=2, omitsize=True, dark="#000", light="#fff")
    return mark_safe(picture)  # noqa: S308 - drawn by us, the text is inside only as squares


def _connected(attempt: LoginAttempt) -> list[Any]:
    found = [selectors.of_address(UUID(key)) for key in attempt.addresses]
    return [integration for integration in found if integration is not None]
