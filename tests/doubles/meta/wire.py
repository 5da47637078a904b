"""The double's HTTP side: one server that plays several hosts, told apart by the first part of the path."""

from __future__ import annotations

import json
import re
import secrets
import socket
import struct
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.doubles.meta.world import Token

if TYPE_CHECKING:
    from tests.doubles.meta import Meta

VERSIONS = ("v26.0", "v25.0", "v24.0", "v23.0", "v22.0", "v21.0")


class Refusal(Exception):
    """An error object of the Graph API; the HTTP number is 400 for nearly everything."""

    def __init__(self, code: int, message: str = "", subcode: int = 0, *, status: int = 400, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        error = {"message": message or f"(#{code}) Refused", "type": "OAuthException", "code": code, **more}
        if subcode:
            error["error_subcode"] = subcode
        self.body: dict[str, Any] = {"error": error | {"fbtrace_id": "A" + secrets.token_hex(5)}}


class PlainRefusal(Refusal):
    """The form of api.instagram.com."""

    def __init__(self, message: str) -> None:
        super().__init__(400, message)
        self.body = {"error_type": "OAuthException", "code": 400, "error_message": message}


class Asked:
    """One call. `part`: what stood in the path; `given`: query, form and JSON body together."""

    def __init__(self, double: Meta, handler: Any, match: re.Match[str]) -> None:
        self.double = double
        self.part = {name: unquote(value) for name, value in match.groupdict().items() if value is not None}
        self.given: dict[str, Any] = _flat(urlsplit(handler.path).query)
        self.headers: dict[str, str] = {}
        self.token: Token
        kind = handler.headers.get("Content-Type", "")
        if kind.startswith("application/json"):
            try:
                body = json.loads(handler.body or b"{}")
            except ValueError:
                raise Refusal(100, "(#100) The body is not JSON") from None
            self.given |= body
        elif handler.body:
            self.given |= _flat(handler.body.decode())
        scheme, _, value = handler.headers.get("Authorization", "").partition(" ")
        self.token_value = value if scheme == "Bearer" else str(self.given.get("access_token") or "")

    def need(self, name: str) -> str:
        value = str(self.given.get(name) or "")
        if not value:
            raise Refusal(100, f"(#100) The parameter {name} is required")
        return value


def _flat(query: str) -> dict[str, Any]:
    return {name: values[-1] for name, values in parse_qs(query).items()}


Act = Callable[[Asked], Any]
ROUTES: list[tuple[str, re.Pattern[str], str, Act]] = []


def route(method: str, host: str, path: str, by: str = "") -> Callable[[Act], Act]:
    """`by`: whose token the call takes ("page", "user", "instagram", "app"); '' none, or one it checks itself."""
    pattern = re.compile(f"^/{re.escape(host)}" + re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path) + "/?$")

    def register(act: Act) -> Act:
        ROUTES.append((method, pattern, by, act))
        return act

    return register


def handler(double: Meta) -> type[BaseHTTPRequestHandler]:
    from tests.doubles.meta import board, calls, consent  # noqa: F401 - they fill ROUTES

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # an answer in two packets would wait 40 ms for the first to be acknowledged
        body = b""

        def log_message(self, *args: Any) -> None:
            """Quiet."""

        def answer(self, status: int, content: Any, *, headers: dict[str, str] | None = None) -> None:
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            kept = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
            self.send_response(status)
            for name, value in kept.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = urlsplit(self.path).path
            if path.startswith("/files/"):
                content, mime = double.files.get(path.removeprefix("/files/").partition("/")[0], (b"", ""))
                self.answer(200 if mime else 403, content, headers={"Content-Type": mime or "text/plain"})
            elif path == "/" or path.startswith("/board"):
                self.answer(200, board.respond(double, self.command, path, self.body), headers=board.HTML)
            else:
                self._call(path)

        do_POST = do_DELETE = do_GET  # noqa: N815 - the names that http.server looks for

        def _call(self, path: str) -> None:
            # typing and read marks go to the same address; who wants a send to fail does not mean them
            named = path.replace("/messages", "/actions") if b'"sender_action"' in self.body else path
            fault = double.take_fault(f"{self.command} {named}")
            how = fault.how if fault else ""
            if fault and how == "error":
                refusal = Refusal(**fault.answer["error"])
                self.answer(refusal.status, refusal.body, headers=fault.answer.get("headers"))
            elif fault and how.isdigit():
                self.answer(int(how), b"<html>Sorry, something went wrong.</html>", headers=board.HTML)
            elif how in ("hang", "reset"):
                self._break(how)
            else:
                status, content, headers = self._act(path)
                if how.startswith("accept+"):
                    self._break(how.removeprefix("accept+"))
                else:
                    self.answer(status, content, headers=headers)

        def _break(self, how: str) -> None:
            self.close_connection = True
            if how == "hang":
                double.release.wait(60)
            else:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        def _act(self, path: str) -> tuple[int, Any, dict[str, str]]:
            for method, pattern, by, act in ROUTES:
                match = pattern.match(path)
                if match is None or method != self.command:
                    continue
                double.calls[act.__name__] += 1
                headers = _version(match)
                try:
                    asked = Asked(double, self, match)
                    if by:
                        double.authorise(asked, by)
                    said = act(asked)
                except Refusal as refusal:
                    return refusal.status, refusal.body, headers
                if isinstance(said, str):  # a page, or the way back
                    moved = said.startswith("-> ")
                    return (302, b"", {"Location": said[3:]}) if moved else (200, said.encode(), board.HTML)
                return 200, said, headers | asked.headers
            return 400, Refusal(100, f"Unsupported {self.command} request: {path}", 33).body, {}

    return Handler


def _version(match: re.Match[str]) -> dict[str, str]:
    """Whoever asks for a version that has ended is served by the oldest living one, and only told in a header."""
    asked = match.groupdict().get("version")
    return {"facebook-api-version": asked if asked in VERSIONS else VERSIONS[-1]} if asked else {}
