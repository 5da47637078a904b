"""The dashboard's main menu and the tabs of its settings; `happ_project/menu.py` says what is in them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.urls import reverse

if TYPE_CHECKING:
    from django.http import HttpRequest


@dataclasses.dataclass(frozen=True, kw_only=True)
class Section:
    """One entry of the main menu; the pages of its URL namespace light it up, and those of `also`, by their names.

    `badge` names the address of a fragment that is shown beside it and fetched again as things happen.
    """

    label: Any
    icon: str
    url_name: str
    namespace: str
    badge: str = ""
    also: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tab:
    """One tab of the settings, a page of whichever room it belongs to; `shown` says to whom."""

    label: Any
    url_name: str
    shown: Callable[[HttpRequest], bool] = lambda request: True


@dataclasses.dataclass(frozen=True, kw_only=True)
class Link:
    label: Any
    url: str
    current: bool
    icon: str = ""
    badge: str = ""


_sections: list[Section] = []
_tabs: list[Tab] = []


def install(*, sections: Iterable[Section], tabs: Iterable[Tab]) -> None:
    _sections[:] = sections
    _tabs[:] = tabs


def sections(request: HttpRequest) -> list[Link]:
    view = _view_of(request)
    adopted = next((each.namespace for each in _sections if view in each.also), "")
    here = adopted or _namespace_of(request)
    return [
        Link(
            label=each.label,
            icon=each.icon,
            url=reverse(each.url_name),
            current=each.namespace == here,
            badge=reverse(each.badge) if each.badge else "",
        )
        for each in _sections
    ]


def tabs(request: HttpRequest) -> list[Link]:
    here = _view_of(request)
    return [
        Link(label=each.label, url=reverse(each.url_name), current=each.url_name == here)
        for each in _tabs
        if each.shown(request)
    ]


def _view_of(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def _namespace_of(request: HttpRequest) -> str:
    """A settings tab belongs to the settings, whichever room serves it."""
    view = _view_of(request)
    if view in {each.url_name for each in _tabs}:
        view = _tabs[0].url_name
    return view.partition(":")[0]
