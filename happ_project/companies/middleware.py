"""Opens the company scope of a signed-in person for the dashboard's requests.

Messengers, programs, visitors and health checks never come here with a dashboard session: for their addresses, and
for anybody without a session cookie, this costs one comparison and touches neither the session nor the user.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from happ_project.companies.models import Membership, User
from happ_project.companies.selectors import memberships
from happ_project.core import tenancy

WITHOUT_A_PERSON = (
    "/webhook",
    "/api/",
    "/static/",
    "/files/",
    "/healthz",
    "/widget/",
    "/admin/",
    "/reference",
)
WITHOUT_A_COMPANY = ("/accounts/", "/companies/", "/invitations/", "/profile/", "/i18n/", "/debug/")
"""Addresses that a person may use before they have a company, or while theirs is closed."""


class CurrentCompany:
    """Sets `request.company`, `request.membership` and `request.companies` (lazy: for the switcher)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.company = request.membership = None  # type: ignore[attr-defined]
        if request.path_info.startswith(WITHOUT_A_PERSON) or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return self.get_response(request)
        user = request.user
        if not isinstance(user, User):  # the lazy user answers for its class
            return self.get_response(request)
        request.companies = SimpleLazyObject(lambda: list(memberships.companies_of(user)))  # type: ignore[attr-defined]
        return self._within(request, memberships.current(user))

    def _within(self, request: HttpRequest, membership: Membership | None) -> HttpResponse:
        is_free = request.path_info.startswith(WITHOUT_A_COMPANY)
        if membership is None:
            return self.get_response(request) if is_free else HttpResponseRedirect(reverse("companies:create"))
        request.company = membership.company  # type: ignore[attr-defined]
        if not membership.company.is_open:
            return self.get_response(request) if is_free else render(request, "companies/closed.html", status=403)
        request.membership = membership  # type: ignore[attr-defined]
        with tenancy.company_scope(membership.company_id), timezone.override(membership.company.timezone):
            return self.get_response(request)
