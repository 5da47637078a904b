"""Staff's own site: signed in through the product's one door, working across companies."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from allauth.account.decorators import secure_admin_login
from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.sites import UnfoldAdminSite

from happ_project.core import standing, tenancy

# unfold's own scripts need these; the pages are for staff alone
_POLICY = {
    "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
}


class StaffSite(UnfoldAdminSite):
    site_header = "Happ"
    site_title = "Happ"
    site_url = "/"
    index_template = "admin/overview.html"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The product's sign-in, with its rate limits; whoever is signed in and no staff is refused."""
        return secure_admin_login(super().login)(request, extra_context)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """First of all: the work that does not get done."""
        standings = [each for each in standing.of_all_work() if each.late or each.retried or each.failed]
        titles = [_("Work"), _("Late"), _("Tried again"), _("Failed today"), _("Last error")]
        work = [
            (each, reverse(f"admin:{each.model._meta.label_lower.replace('.', '_')}_changelist")) for each in standings
        ]
        return super().index(request, {**(extra_context or {}), "work": work, "work_titles": titles})

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """One of the few places that see all companies: staff's pages, until they are rendered."""
        inner = super().admin_view(view, cacheable)

        def across_companies(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            with tenancy.all_companies():
                response = inner(request, *args, **kwargs)
                if hasattr(response, "render"):
                    response.render()
            response._csp_update = _POLICY
            return response

        return update_wrapper(across_companies, inner)
