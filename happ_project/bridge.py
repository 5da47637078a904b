"""HTTP through Django's WSGI handler inside the ASGI process: one hop to a thread and one back with the whole answer.

Django's own ASGI handler costs five to ten times the CPU (docs/adr). Nothing in the thread waits for the event loop,
so stopping the loop under load cannot hang.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO, Any

from asgiref.wsgi import WsgiToAsgiInstance

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
WsgiApplication = Callable[[dict[str, Any], Any], Any]  # answers with an iterable of bytes

IN_MEMORY = 1024 * 1024  # a larger body waits in a temporary file
LAST_CHANCE = 2.5  # seconds a request gets to finish once it was cancelled (the server stops, or the client went)
logger = logging.getLogger(__name__)


@dataclass
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def send(self, send: Send) -> None:
        """Hand it to the server."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


class TooLarge(Exception):
    """The body passes the cap; it was not read to its end."""


class ClientGone(Exception):
    """The client left before its request was complete."""


class WsgiBridge:
    """An ASGI application for `http` scopes that answers with a WSGI application."""

    def __init__(
        self,
        application: WsgiApplication,
        *,
        threads: int,
        largest_body: int,
        largest_form: int = 0,
        large_forms: tuple[str, ...] = (),
    ) -> None:
        """`large_forms`: beginnings of paths to which a multipart form of up to `largest_form` bytes may be sent."""
        self.application = application
        self.largest_body = largest_body
        self.largest_form, self.large_forms = largest_form, large_forms
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        with SpooledTemporaryFile(max_size=IN_MEMORY) as body:
            try:
                await self._read(scope, receive, body)
                answer = await self._answer(scope, body)
            except TooLarge:
                answer = _plain_error(scope, 413, f"The body is larger than {self._most(scope)} bytes.")
            except ClientGone:
                return
        await answer.send(send)

    async def _read(self, scope: Scope, receive: Receive, body: IO[bytes]) -> None:
        most = self._most(scope)
        if _declared_length(scope) > most:
            raise TooLarge
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise ClientGone
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > most:
                raise TooLarge
            body.write(chunk)
            if not message.get("more_body"):
                break
        body.seek(0)

    def _most(self, scope: Scope) -> int:
        if not self.large_forms or not scope["path"].startswith(self.large_forms):
            return self.largest_body
        kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
        return self.largest_form if kind.startswith(b"multipart/form-data") else self.largest_body

    async def _answer(self, scope: Scope, body: IO[bytes]) -> Answer:
        try:
            environ = _environ(scope, body)
        except ValueError:
            return _plain_error(scope, 400, "The request's headers cannot be read.")
        work = asyncio.get_running_loop().run_in_executor(self.pool, self._respond, environ)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            # the thread cannot be stopped and may have written already: its answer should reach the client
            await asyncio.wait({work}, timeout=LAST_CHANCE)
            if not work.done() or work.cancelled():
                raise
            return work.result()

    def _respond(self, environ: dict[str, Any]) -> Answer:
        """Run the WSGI application from its first to its last step in this thread, database connections included."""
        answer = Answer(500)

        def start_response(
            status: str,
            headers: list[tuple[str, str]],
            exc_info: tuple[type[BaseException], BaseException, TracebackType] | None = None,
        ) -> Callable[[bytes], object]:
            answer.status = int(status.split(" ", 1)[0])
            answer.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
            return written.append

        written: list[bytes] = []
        response = self.application(environ, start_response)
        try:
            written.extend(response)
        finally:
            close = getattr(response, "close", None)  # Django ends the request here
            if close is not None:
                close()
        answer.body = b"".join(written)
        return answer


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _environ(scope: Scope, body: IO[bytes]) -> dict[str, Any]:
    builder = WsgiToAsgiInstance(None)
    builder.scope = scope
    environ: dict[str, Any] = builder.build_environ(scope, body)
    # a chunked body declares no length, and Django reads no further than the length says
    body.seek(0, 2)
    environ["CONTENT_LENGTH"] = str(body.tell())
    body.seek(0)
    return environ


def _plain_error(scope: Scope, status: int, message: str) -> Answer:
    """An error that never reached Django: a page for people, for programs JSON in the shape of `core/api/errors.py`."""
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    if b"text/html" in accepted:
        kind, text = b"text/html; charset=utf-8", f"<!doctype html><title>{status}</title><p>{message}</p>"
    else:
        shape = {"statusCode": status, "error": HTTPStatus(status).phrase, "message": message}
        kind, text = b"application/json", json.dumps(shape)
    body = text.encode()
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    return Answer(status, headers, body)
