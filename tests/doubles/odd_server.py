"""A web server on loopback that does, path by path, what servers do on a bad day."""

from __future__ import annotations

import gzip
import itertools
import socket
from collections.abc import Iterator

from tests.doubles.http_double import Answer, Broken, Call, HttpDouble, Raw


class OddServer(HttpDouble):
    """`url(path)` to call it, `seen` for what arrived, `release` to end whatever still drips or hangs."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Call] = []

    def url(self, path: str = "/", *, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def act(self, call: Call) -> Answer:
        self.seen.append(call)
        query = call.query
        match call.path:
            case "/redirect":
                return Answer(int(query.get("status", "302")), b"", {"Location": query["to"]})
            case "/loop":
                return Answer(302, b"", {"Location": "/loop"})
            case "/large":
                return Answer(200, b"x" * int(query["bytes"]))
            case "/bomb":
                return Answer(200, gzip.compress(b"\0" * int(query["bytes"])), {"Content-Encoding": "gzip"})
            case "/hang" | "/reset":
                raise Broken(call.path[1:])
            case "/dripping/headers":
                raise Raw(self._dripping(b"HTTP/1.1 200 OK\r\n", b"X-Drop: 1\r\n"))
            case "/dripping/body":
                raise Raw(self._dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"))
            case "/half":
                raise Raw([b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"])
            case "/nonsense":
                raise Raw([b"\x16\x03\x01 not http at all\r\n\r\n"])
        return Answer(200, {"ok": True}, {"Set-Cookie": "sid=1; Path=/"})

    def _dripping(self, beginning: bytes, drop: bytes) -> Iterator[bytes]:
        drops = itertools.takewhile(lambda _drop: not self.release.wait(0.05), itertools.repeat(drop))
        return itertools.chain([beginning], drops)


running = OddServer
"""`with running() as server: …`"""


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
