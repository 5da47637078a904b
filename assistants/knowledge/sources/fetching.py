"""Fetches a page that a company named: over the guarded door, as robots.txt allows, only if it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from assistants.knowledge.sources.troubles import Unreadable
from happ_project.core import http

_MB = 1024 * 1024
_LONGEST_TAG = 200
_TYPES = "text/html,application/xhtml+xml,text/plain;q=0.9,application/pdf;q=0.8,*/*;q=0.5"


@dataclass(frozen=True, slots=True)
class Agent:
    """Who we say we are: `name` is what robots.txt calls us, `header` our User-Agent."""

    name: str
    header: str


@dataclass(frozen=True, slots=True)
class Page:
    """What came, with what to ask with next time."""

    data: bytes = field(repr=False)
    mime: str = ""
    charset: str = ""
    etag: str = ""
    last_modified: str = ""


def check_address(url: str) -> None:
    """Raises `Unreadable` for what cannot be the address of a page; nothing is looked up."""
    try:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0):
            return
    except ValueError:
        pass
    raise Unreadable("bad_address")


def fetch(url: str, *, agent: Agent, etag: str = "", last_modified: str = "") -> Page | None:
    """The page, or None if it has not changed since it bore these marks. Raises `Unreadable`."""
    check_address(url)
    _ask_robots(url, agent)
    headers = {"User-Agent": agent.header, "Accept": _TYPES}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    answer = _get("page", url, headers)
    if answer.url and urlsplit(answer.url)[:3] != urlsplit(url)[:3]:
        _ask_robots(answer.url, agent)  # where a redirect led to
    if answer.status == 304 and (etag or last_modified):
        return None
    _check_status(answer.status)
    mime, charset = _type(answer.headers)
    return Page(
        answer.content,
        mime=mime,
        charset=charset,
        etag=_short(answer.headers, "ETag"),
        last_modified=_short(answer.headers, "Last-Modified"),
    )


def _ask_robots(url: str, agent: Agent) -> None:
    """As RFC 9309 has it: no file allows everything, a server in trouble allows nothing for now."""
    import protego

    parts = urlsplit(url)
    answer = _get("robots", f"{parts.scheme}://{parts.netloc}/robots.txt", {"User-Agent": agent.header})
    if answer.status == 429 or answer.status >= 500:
        raise Unreadable("robots_unknown", passing=True)
    if answer.ok and not protego.Protego.parse(answer.text).can_fetch(url, agent.name):
        raise Unreadable("robots", agent=agent.name)


def _get(role: str, url: str, headers: Mapping[str, str]) -> http.Response:
    host = urlsplit(url).hostname or ""
    trouble: Unreadable
    try:
        return http.client(role, user_given=True).get(url, headers=headers)
    except http.Refused:
        trouble = Unreadable("not_public")
    except http.ConnectFailed:
        trouble = Unreadable("no_connection", passing=True, host=host)
    except http.TimedOut:
        trouble = Unreadable("timed_out", passing=True, host=host)
    except http.TooLarge:
        trouble = Unreadable("page_too_large", megabytes=http.ROLES[role].max_bytes // _MB)
    except http.HttpError:
        trouble = Unreadable("connection_broke", passing=True, host=host)
    raise trouble


def _check_status(status: int) -> None:
    if 200 <= status < 300:
        return
    if status in {404, 410}:
        raise Unreadable("page_missing", status=status)
    if status in {401, 402, 403, 407, 451}:
        raise Unreadable("page_closed", status=status)
    raise Unreadable("page_failed", passing=status in {408, 425, 429} or status >= 500, status=status)


def _type(headers: Mapping[str, str]) -> tuple[str, str]:
    """`text/html; charset=windows-1251` in its two parts."""
    mime, *options = headers.get("Content-Type", "").split(";")
    named = (option.strip().partition("=") for option in options)
    charset = next((value.strip("\"' ") for name, _equals, value in named if name.lower() == "charset"), "")
    return mime.strip().lower(), charset if charset.isascii() and len(charset) < 40 else ""


def _short(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    return value if len(value) <= _LONGEST_TAG and value.isascii() else ""
