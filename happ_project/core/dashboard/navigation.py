"""The dashboard's main menu: rooms put their sections in, the page shell shows them in order."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.urls import reverse

if TYPE_CHECKING:
    from django.http import HttpRequest


@dataclasses.dataclass(frozen=True, kw_only=True)
class Section:
    """One entry of the menu; `namespace` is the URL namespace whose pages light it up."""

    label: Any
    icon: str
    url_name: str
    namespace: str
    order: int


@dataclasses.dataclass(frozen=True)
class Link:
    label: Any
    icon: str
    url: str
    current: bool


_sections: dict[str, Section] = {}


def register(section: Section) -> None:
    _sections[section.namespace] = section


def links(request: HttpRequest) -> Iterator[Link]:
    match = request.resolver_match
    here = match.namespaces if match else []
    for section in sorted(_sections.values(), key=lambda each: each.order):
        yield Link(section.label, section.icon, reverse(section.url_name), section.namespace in here)
