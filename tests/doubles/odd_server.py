"""A web server on loopback that does, path by path, what servers do on a bad day."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class OddServer:
    """`url(path)` to call it, `seen` for what arrived, `release` to end whatever still drips or hangs."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.release = threading.Event()
        self.connections = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]

    def url(self, path: str = "/", *, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def running() -> Iterator[OddServer]:
    server = OddServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _handler(owner: OddServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # an answer in two packets would wait 40 ms for the first to be acknowledged

        def setup(self) -> None:
            owner.connections += 1
            super().setup()

        def log_message(self, *args: Any) -> None:
            """Quiet."""

        def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            owner.seen.append(
                {"method": self.command, "path": parts.path, "query": parse_qs(parts.query),
                 "headers": {name.lower(): value for name, value in self.headers.items()}, "body": body}
            )  # fmt: skip
            act = getattr(self, "on_" + parts.path.strip("/").replace("/", "_"), None)
            if act is None:
                self.answer(200, b'{"ok": true}', Content_Type="application/json", Set_Cookie="sid=1; Path=/")
            else:
                act(parse_qs(parts.query))

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the names that http.server looks for

        def on_redirect(self, query: dict[str, list[str]]) -> None:
            self.answer(int(query.get("status", ["302"])[0]), Location=query["to"][0])

        def on_loop(self, query: dict[str, list[str]]) -> None:
            self.answer(302, Location="/loop")

        def on_large(self, query: dict[str, list[str]]) -> None:
            self.answer(200, b"x" * int(query["bytes"][0]))

        def on_bomb(self, query: dict[str, list[str]]) -> None:
            self.answer(200, gzip.compress(b"\0" * int(query["bytes"][0])), Content_Encoding="gzip")

        def on_hang(self, query: dict[str, list[str]]) -> None:
            owner.release.wait(30)

        def on_dripping_headers(self, query: dict[str, list[str]]) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not owner.release.wait(0.05):
                self.wfile.write(b"X-Drop: 1\r\n")

        def on_dripping_body(self, query: dict[str, list[str]]) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not owner.release.wait(0.05):
                self.wfile.write(b"x")

        def on_half(self, query: dict[str, list[str]]) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            self.close_connection = True

        def on_reset(self, query: dict[str, list[str]]) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True

        def on_nonsense(self, query: dict[str, list[str]]) -> None:
            self.wfile.write(b"\x16\x03\x01 not http at all\r\n\r\n")
            self.close_connection = True

    return Handler
