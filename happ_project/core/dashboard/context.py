"""What every dashboard page's shell needs: theme, menu, the company in view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.functional import SimpleLazyObject

from happ_project.core.dashboard import navigation

if TYPE_CHECKING:
    from django.http import HttpRequest

THEMES = ("light", "dark")


def shell(request: HttpRequest) -> dict[str, Any]:
    """The theme comes from a cookie so that the server can paint it without a flash and without an inline script."""
    theme = request.COOKIES.get("theme", "")
    return {
        "theme": theme if theme in THEMES else "",
        "company": getattr(request, "company", None),
        "companies": getattr(request, "companies", ()),
        "navigation": SimpleLazyObject(lambda: navigation.sections(request)),
        "settings_tabs": SimpleLazyObject(lambda: navigation.tabs(request)),
    }
