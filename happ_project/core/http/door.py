"""The one door for outbound HTTP: roles with their limits, redirects re-checked, logs without secrets."""

from __future__ import annotations

import contextlib
import copy
import json as json_codec
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from happ_project.core import clock
from happ_project.core.http import addresses
from happ_project.core.http.errors import Broken, ConnectFailed, HttpError, Refused, TimedOut, TooLarge
from happ_project.core.text import gettext_noop as _
from happ_project.core.text import sentence

if TYPE_CHECKING:
    import requests

    from happ_project.core.http import connections

log = logging.getLogger(__name__)

# urllib3 and httpx2 write whole URLs into their own logs
for _noisy in ("urllib3", "httpx2", "httpcore2"):
    logging.getLogger(_noisy).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Role:
    """What a request is for, and so how long it may take (seconds) and how much it may answer (decoded bytes)."""

    connect: float
    read: float
    total: float
    max_bytes: int
    cut: bool = False  # a longer answer is cut off instead of raising TooLarge


_MB = 1024 * 1024
ROLES = {
    "messenger": Role(connect=5, read=20, total=30, max_bytes=4 * _MB),
    "webhook": Role(connect=5, read=10, total=15, max_bytes=64 * 1024, cut=True),
    "tool": Role(connect=5, read=20, total=30, max_bytes=_MB),
    "page": Role(connect=5, read=15, total=40, max_bytes=10 * _MB),
    "robots": Role(connect=5, read=10, total=15, max_bytes=512 * 1024, cut=True),
    "media": Role(connect=5, read=30, total=120, max_bytes=100 * _MB),
    "model": Role(connect=5, read=60, total=120, max_bytes=16 * _MB),
}
_MOST_REDIRECTS = 5
_CHUNK = 64 * 1024


def _no_guard() -> None:
    """Until `install_transaction_guard` is called."""


_guard: Callable[[], None] = _no_guard
_user_agent = "Happ"


def configure(*, allowed_private: Iterable[str] = (), user_agent: str = "Happ") -> None:
    """The operator's settings, installed at start-up. `allowed_private`: entries of OUTBOUND_ALLOWED_PRIVATE."""
    global _user_agent
    addresses.allow_private(allowed_private)
    _user_agent = user_agent


def install_transaction_guard(guard: Callable[[], None]) -> None:
    """`guard` runs before every request and raises (TransactionOpen) where none may be made."""
    global _guard
    _guard = guard


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer of any status; `cut`: the end of the body is missing; `url`: where redirects led to."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    cut: bool = False
    url: str = field(default="", repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Raises ValueError when the body is no JSON."""
        return json_codec.loads(self.content)


class Client:
    """Made by `client()`. With `user_given` the address was typed by somebody, or named by a stranger."""

    def __init__(self, role: str, *, user_given: bool) -> None:
        self.role, self.user_given = ROLES[role], user_given

    def patient(self, seconds: float) -> Client:
        """The same, with so many seconds for a whole request."""
        made = copy.copy(self)
        made.role = replace(
            self.role, connect=min(self.role.connect, seconds), read=min(self.role.read, seconds), total=seconds
        )
        return made

    def get(self, url: str, **kwargs: Any) -> Response:
        return self.request("GET", url, **kwargs)

    def post(self, url: str, **kwargs: Any) -> Response:
        return self.request("POST", url, **kwargs)

    def put(self, url: str, **kwargs: Any) -> Response:
        return self.request("PUT", url, **kwargs)

    def delete(self, url: str, **kwargs: Any) -> Response:
        return self.request("DELETE", url, **kwargs)

    def request(self, method: str, url: str, *, max_bytes: int | None = None, **kwargs: Any) -> Response:
        """Any status is an answer. `kwargs` as in `stream`; `max_bytes` narrows or widens the role's limit."""
        limit = self.role.max_bytes if max_bytes is None else max_bytes
        with self.stream(method, url, **kwargs) as stream:
            content, complete = bytearray(), True
            for chunk in stream.chunks():
                content += chunk
                if len(content) > limit:
                    complete = False
                    break
            if not complete and not self.role.cut:
                raise TooLarge(
                    sentence(_("%(host)s answered with more than %(limit)s bytes"), host=stream.host, limit=limit)
                )
            return Response(stream.status, stream.headers, bytes(content[:limit]), cut=not complete, url=stream.url)

    @contextlib.contextmanager
    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Any = None,
        files: Any = None,
    ) -> Iterator[Stream]:
        """The answer while it arrives. Only GET and HEAD follow redirects, and each hop is checked like a typed one."""
        from happ_project.core.http import connections

        _guard()
        call = connections.begin(total=self.role.total, read=self.role.read)
        sent_headers = {"User-Agent": _user_agent, **(headers or {})}
        checked = self.user_given
        stream = None
        for _hop in range(_MOST_REDIRECTS + 1):
            body = {"params": params, "json": json, "data": data, "files": files}
            stream = self._send(method, url, call=call, checked=checked, headers=sent_headers, **body)
            target = stream.redirect if method in ("GET", "HEAD") else ""
            if not target:
                break
            stream.close()
            # Whoever answered names the next address: it is trusted no more than a typed one, and gets no headers.
            if _origin(target) != _origin(url):
                checked, sent_headers = True, {"User-Agent": sent_headers["User-Agent"]}
            url, params, stream = target, None, None
        if stream is None:
            raise Broken(sentence(_("%(host)s redirects without end"), host=_host(url)))
        try:
            yield stream
        finally:
            stream.close()

    def _send(self, method: str, url: str, *, call: connections.Call, checked: bool, **kwargs: Any) -> Stream:
        from happ_project.core.http import connections

        started, host = clock.monotonic(), _host(url)
        failure: HttpError | None = None
        response = None
        try:
            timeout = (self.role.connect, self.role.read)
            response = connections.send(method, url, checked=checked, timeout=timeout, **kwargs)
        except connections.TROUBLE as error:
            failure = _verdict(error, host=host, sent=call.sent)
        spent = (clock.monotonic() - started) * 1000
        where = f"{method} {_for_log(url)}"
        # Raised outside the `except`, so that the original, which carries the whole URL, is not chained to it.
        if failure is not None:
            log.warning("%s failed in %.0f ms: %s", where, spent, failure)
            raise failure
        assert response is not None
        level = logging.DEBUG if response.status_code < 400 else logging.INFO
        log.log(level, "%s answered %s in %.0f ms", where, response.status_code, spent)
        return Stream(response, host=host)


class Stream:
    """An answer whose body is still on its way."""

    def __init__(self, response: requests.Response, *, host: str) -> None:
        self._response, self.host = response, host
        self.status: int = response.status_code
        self.url = str(response.url or "")
        self.headers: Mapping[str, str] = response.headers

    @property
    def redirect(self) -> str:
        """Where it sends us, absolute; empty if it does not."""
        location = self.headers.get("Location", "")
        if self.status not in (301, 302, 303, 307, 308) or not location:
            return ""
        try:
            target = urljoin(str(self._response.url), location)
            _origin(target)
        except ValueError:
            target = "(unreadable)"  # refused by the next hop
        return target

    def chunks(self, *, decode: bool = True) -> Iterator[bytes]:
        """The body in pieces; `decode` undoes gzip and the like."""
        from happ_project.core.http import connections

        pieces = self._response.raw.stream(_CHUNK, decode_content=decode)
        while True:
            failure: HttpError | None = None
            try:
                piece = next(pieces, None)
            except connections.TROUBLE as error:
                failure = _verdict(error, host=self.host, sent=True)
            if failure is not None:
                raise failure
            if piece is None:
                return
            yield piece

    def close(self) -> None:
        """Give the connection back if the body was read to its end, drop it otherwise."""
        self._response.close()


def client(role: str, *, user_given: bool) -> Client:
    """A client for one of ROLES; cheap, connections are shared behind it."""
    return Client(role, user_given=user_given)


def _verdict(error: Exception, *, host: str, sent: bool) -> HttpError:
    """What the failure means for us."""
    import requests
    import urllib3
    from requests_hardened.ip_filter import InvalidIPAddress

    if isinstance(error, InvalidIPAddress):
        return Refused(sentence(_("%(host)s leads to an address that is not public"), host=host))
    if isinstance(error, requests.exceptions.RequestException) and isinstance(error, ValueError):
        return Refused(sentence(_("%(host)s is not an address we can go to"), host=host or "this"))
    if not sent:
        return ConnectFailed(sentence(_("no connection to %(host)s"), host=host))
    if isinstance(error, TimeoutError | requests.exceptions.Timeout | urllib3.exceptions.TimeoutError):
        return TimedOut(sentence(_("%(host)s did not answer in time"), host=host))
    return Broken(sentence(_("the connection to %(host)s broke"), host=host))


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _for_log(url: str) -> str:
    """Scheme, host and path without user, query and whatever in the path is long enough to be a secret."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(unreadable address)"
    path = "/".join(segment if len(segment) < 20 else "…" for segment in parts.path.split("/"))
    return f"{parts.scheme}://{parts.hostname or ''}{port}{path}"
