"""What every double of an HTTP platform needs: a real server on loopback, trouble on order, files, callbacks.

A subclass says in `act` what each call answers, whole or as a stream. Faults come before or after it: refused, or
carried out and then the answer lost.
"""

from __future__ import annotations

import json
import secrets
import socket
import struct
import sys
import threading
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Call:
    """One request as it came; header names in lower case. `target` is the path with its query."""

    method: str
    target: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """{} for what is no JSON object."""
        try:
            read = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}

    def form(self) -> tuple[dict[str, str], dict[str, tuple[str, bytes]]]:
        """Of a multipart form the texts, and the files with their names."""
        kind = self.headers["content-type"].encode()
        message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: %s\r\n\r\n%s" % (kind, self.body))
        texts: dict[str, str] = {}
        files: dict[str, tuple[str, bytes]] = {}
        for part in message.iter_parts():
            name = str(part.get_param("name", header="content-disposition"))
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            if filename := part.get_filename():
                files[name] = filename, content
            else:
                texts[name] = content.decode()
        return texts, files


@dataclass(frozen=True)
class Answer:
    """`body`: bytes, a value to be told as JSON, or an iterator of texts that are sent as they come."""

    status: int
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)


class Broken(Exception):
    """Raised by `act` instead of an answer: "hang", "reset", "nonsense", or "drop", which just ends the connection."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class Raw(Exception):
    """Raised by `act` instead of an answer: bytes that are sent as they are, and then the connection ends."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        super().__init__()
        self.parts = parts


@dataclass(frozen=True)
class Post:
    """A callback of ours and what it was answered; status None: nobody answered."""

    body: bytes
    status: int | None
    answer: bytes = b""


@dataclass(frozen=True)
class _Fault:
    path: str
    how: str
    answer: Answer | None


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is one of the cases; a fault of the double is told."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class HttpDouble(ABC):
    """`calls` counts the calls by path, `posts` are our callbacks, `files` what can be fetched at `/files/…`.

    `patience`: for how many seconds a callback is posted again that is not answered with 200. `release` ends whatever
    hangs; `hung_up`: somebody would not hear a stream to its end. `connections` counts those that were made.
    """

    def __init__(self, *, port: int = 0, patience: float = 0.0) -> None:
        self.patience = patience
        self.lock = threading.RLock()
        self.release, self.hung_up = threading.Event(), threading.Event()
        self.connections = 0
        self.calls: Counter[str] = Counter()
        self.posts: list[Post] = []
        self.files: dict[str, tuple[bytes, str]] = {}
        self._faults: list[_Fault] = []
        self._server = _QuietServer(("127.0.0.1", port), _handler(self))
        self.port: int = self._server.server_address[1]
        self.address = f"127.0.0.1:{self.port}"
        """As OUTBOUND_ALLOWED_PRIVATE wants it."""
        self.origin = f"http://{self.address}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Any:
        self.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.stop()

    @abstractmethod
    def act(self, call: Call) -> Answer:
        """What the platform answers."""

    # Trouble on order.

    def fail(self, path: str, how: str, *, times: int = 1, answer: Answer | None = None) -> None:
        """The next calls whose path contains `path` go wrong.

        `how`: a number (refused with it, or with `answer`), "accept then reset", "accept then hang", "hang", "reset",
        "nonsense".
        """
        self._faults += [_Fault(path, how, answer)] * times

    def take_fault(self, path: str) -> _Fault | None:
        with self.lock:
            found = next((fault for fault in self._faults if fault.path in path), None)
            if found is not None:
                self._faults.remove(found)
            return found

    def refusal(self, status: int) -> Answer:
        """How this platform words a refusal."""
        return Answer(status, {"error": f"Trouble {status}"})

    # Files and callbacks.

    def keep_file(self, content: bytes, mime: str, *, name: str = "") -> str:
        """Where it can be fetched from us."""
        key = f"{secrets.token_hex(8)}/{name or 'file'}"
        self.files[key] = content, mime
        return f"{self.origin}/files/{key}"

    def fetch(self, url: str) -> tuple[bytes, str]:
        """What the platform does with an address it was given: content and MIME type; OSError if it is not there."""
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read(), answer.headers.get_content_type()

    def post(self, url: str, body: Any, *, headers: Mapping[str, str] | None = None, repeats: int = 1) -> Post:
        """Call somebody back, as often as told, and again while it is not taken and patience lasts."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = Post(data, None)
        for _ in range(repeats):
            until = time.monotonic() + self.patience
            told = _deliver(url, data, headers or {})
            while told.status != 200 and time.monotonic() < until:
                time.sleep(0.3)
                told = _deliver(url, data, headers or {})
            self.posts.append(told)
        return told


def _deliver(url: str, body: bytes, headers: Mapping[str, str]) -> Post:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return Post(body, answer.status, answer.read())
    except urllib.error.HTTPError as error:
        return Post(body, error.code, error.read())
    except OSError:
        return Post(body, None)


def _handler(double: HttpDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # an answer in two packets would wait 40 ms for the first to be acknowledged

        def setup(self) -> None:
            double.connections += 1
            super().setup()

        def log_message(self, *args: Any) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            call = Call(self.command, self.path, parts.path, query, headers, body)
            if parts.path.startswith("/files/"):
                content, mime = double.files.get(parts.path.removeprefix("/files/"), (b"", ""))
                self._say(Answer(200 if mime else 404, content, {"Content-Type": mime or "text/plain"}))
                return
            double.calls[parts.path] += 1
            fault = double.take_fault(parts.path)
            how = fault.how if fault else ""
            if fault and how.isdigit():
                self._say(fault.answer or double.refusal(int(how)))
            elif how in ("hang", "reset", "nonsense"):
                self._break(how)
            else:
                self._act(call, how)

        def _act(self, call: Call, how: str) -> None:
            try:
                answer = double.act(call)
            except Broken as broken:
                self._break(broken.how)
                return
            except Raw as raw:
                self.close_connection = True
                for part in raw.parts:
                    self.wfile.write(part)
                return
            if how.startswith("accept then "):
                self._break(how.removeprefix("accept then "))
            else:
                self._say(answer)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET  # noqa: N815 - the names that http.server looks for

        def _break(self, how: str) -> None:
            if how == "hang":
                double.release.wait(60)
            elif how == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif how == "nonsense":
                self._say(Answer(200, b"<html>Maintenance</html>", {"Content-Type": "text/html"}))
            self.close_connection = True

        def _say(self, answer: Answer) -> None:
            if isinstance(answer.body, Iterator):
                self._stream(answer, answer.body)
                return
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            kept = {"Content-Type": "application/json", "Content-Length": str(len(body)), **answer.headers}
            for name, value in kept.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def _stream(self, answer: Answer, parts: Iterator[str]) -> None:
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Transfer-Encoding": "chunked"}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for data in (part.encode() for part in parts if part):
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                self.wfile.write(b"0\r\n\r\n")
            except (BrokenPipeError, ConnectionResetError):
                double.hung_up.set()
                self.close_connection = True

    return Handler
