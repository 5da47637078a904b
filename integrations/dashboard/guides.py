"""The guide to a channel, beside the channel: how it is set up, its limits, what to do when it stops."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET

from happ_project.companies.dashboard.access import in_company
from messengers.services import addresses, guides

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


@require_GET
@in_company
def show(request: HttpRequest, kind: str = "") -> HttpResponse:
    """Of one kind of channel, or of all."""
    if kind and kind not in {adapter.kind for adapter in addresses.offered()}:
        raise Http404
    heading, _line, rest = guides.read(kind).partition("\n")
    context = {"heading": heading.lstrip("# "), "guide": as_html(rest), "kind": kind}
    return render(request, "integrations/guide.html", context)


def as_html(text: str) -> SafeString:
    """A guide, or a part of one. It is ours: nothing that a stranger wrote belongs here."""
    return mark_safe(_parser().render(text))  # noqa: S308 - our own files


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # read on first use: most processes never read Markdown

    parser = MarkdownIt("commonmark").enable("table")
    for name, rule in (
        ("link_open", _link),
        ("table_open", lambda *_: '<div class="wide" tabindex="0"><table>'),
        ("table_close", lambda *_: "</table></div>"),
        ("fence", _code),
    ):
        parser.add_render_rule(name, rule)
    return parser


def _link(_renderer: Any, tokens: list[Token], at: int, *_: Any) -> str:
    """Between the guides it leads to a page of ours; a file that is only in the repository is no link's target."""
    target = _address(str(tokens[at].attrs["href"]))
    return format_html('<a href="{}">', target) if target else "<a>"


def _code(_renderer: Any, tokens: list[Token], at: int, *_: Any) -> str:
    return f'<pre tabindex="0"><code>{escape(tokens[at].content)}</code></pre>\n'


def _address(target: str) -> str:
    if target.startswith("https://"):
        return target
    kind = guides.kind_of(target)
    if kind is None:
        return ""
    return reverse("integrations:guide", args=[kind]) if kind else reverse("integrations:guides")
