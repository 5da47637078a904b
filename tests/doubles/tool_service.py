"""A company's own web service on loopback, as tools call it; what it does next is a `Reply` from its script."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """`hangs`: no answer until the service stops; `drops`: it hangs up after reading the request."""

    body: str = '{"ok": true}'
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    drops: bool = False
    together: int = 0
    """Answered only once so many requests are here at the same time."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gives up waiting is one of the cases."""


class ToolService:
    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.stopped = threading.Event()
        self.crowd = threading.Condition()
        self._script: list[Reply] = [Reply()]
        self._server = _QuietServer(("127.0.0.1", 0), _handler(self))
        self.port: int = self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def address(self) -> str:
        """As OUTBOUND_ALLOWED_PRIVATE wants it."""
        return f"127.0.0.1:{self.port}"

    def script(self, *replies: Reply) -> None:
        """The last one repeats."""
        self._script = list(replies)

    def next_reply(self) -> Reply:
        return self._script.pop(0) if len(self._script) > 1 else self._script[0]

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def running() -> Iterator[ToolService]:
    service = ToolService()
    service.start()
    try:
        yield service
    finally:
        service.stop()


def _handler(owner: ToolService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # an answer in two packets would wait 40 ms for the first to be acknowledged

        def log_message(self, *args: Any) -> None:
            """Quiet."""

        def _answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            owner.requests.append(Request(self.command, self.path, dict(self.headers.items()), raw))
            reply = owner.next_reply()
            if reply.together:
                with owner.crowd:
                    owner.crowd.notify_all()
                    if not owner.crowd.wait_for(lambda: len(owner.requests) >= reply.together, 5):
                        reply = Reply(status=503)
            if reply.hangs:
                owner.stopped.wait(30)
            if reply.hangs or reply.drops:
                self.close_connection = True
                return
            body = reply.body.encode()
            self.send_response(reply.status)
            for name, text in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - names of the standard library

    return Handler
