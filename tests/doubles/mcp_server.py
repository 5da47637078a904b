"""A server of the Model Context Protocol on loopback: streamable HTTP, sessions, answers as JSON or as events.

It keeps to the specification (revision 2025-06-18) and refuses whoever does not; `moods` make it misbehave on order.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOOLS = [
    {
        "name": "find_order",
        "description": "State of an order by its number.",
        "inputSchema": {
            "type": "object",
            "properties": {"number": {"$ref": "#/$defs/number"}},
            "required": ["number"],
            "$defs": {"number": {"type": "integer", "minimum": 1}},
        },
    },
    {"name": "shop.hours", "description": "When the shop is open.", "inputSchema": {"type": "object"}},
]


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gives up waiting is one of the cases."""


class McpServer:
    """`events`: answers come as a stream. `moods` are taken one for each call of a tool."""

    def __init__(self, *, key: str = "Bearer right") -> None:
        self.key, self.events = key, False
        self.tools: list[dict[str, Any]] = list(TOOLS)
        self.page = 100
        self.results: dict[str, Any] = {
            "find_order": {"content": [{"type": "text", "text": '{"state": "on its way"}'}]}
        }
        self.moods: list[str] = []
        self.calls: list[dict[str, Any]] = []
        self.methods: list[str] = []
        self.sessions: set[str] = set()
        self.ended: list[str] = []
        self.stopped = threading.Event()
        self._server = _QuietServer(("127.0.0.1", 0), _handler(self))
        self.port: int = self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    @property
    def address(self) -> str:
        """As OUTBOUND_ALLOWED_PRIVATE wants it."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def act(self, message: dict[str, Any]) -> dict[str, Any]:
        """The result of a request, or its error."""
        params = message.get("params") or {}
        if message["method"] == "initialize":
            served = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "Shop"}}
            return {"result": served}
        if message["method"] == "tools/list":
            start = int(params.get("cursor") or 0)
            told: dict[str, Any] = {"tools": self.tools[start : start + self.page]}
            if start + self.page < len(self.tools):
                told["nextCursor"] = str(start + self.page)
            return {"result": told}
        if message["method"] == "tools/call":
            self.calls.append(params)
            if params["name"] not in self.results:
                return {"error": {"code": -32602, "message": f"Unknown tool: {params['name']}"}}
            return {"result": self.results[params["name"]]}
        return {"error": {"code": -32601, "message": "Method not found"}}


@contextmanager
def running(**options: Any) -> Iterator[McpServer]:
    server = McpServer(**options)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _handler(owner: McpServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # an answer in two packets would wait 40 ms for the first to be acknowledged

        def log_message(self, *args: Any) -> None:
            """Quiet."""

        def do_DELETE(self) -> None:
            session = self.headers.get("Mcp-Session-Id", "")
            owner.sessions.discard(session)
            owner.ended.append(session)
            self._say(204)

        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            owner.methods.append(message["method"])
            refused = self._refused(message)
            if refused:
                self._say(refused, b'{"error": "no"}')
                return
            if "id" not in message:
                self._say(202)
                return
            mood = owner.moods.pop(0) if message["method"] == "tools/call" and owner.moods else ""
            if mood == "hangs":
                owner.stopped.wait(30)
            if mood in {"hangs", "drops"}:
                self.close_connection = True
                return
            if mood.isdigit():
                self._say(int(mood), b"out of order")
                return
            answer = {"jsonrpc": "2.0", "id": message["id"], **owner.act(message)}
            headers = {}
            if message["method"] == "initialize":
                session = secrets.token_hex(8)
                owner.sessions.add(session)
                headers["Mcp-Session-Id"] = session
            if owner.events:
                self._stream(answer, headers)
            else:
                self._say(200, json.dumps(answer).encode(), {"Content-Type": "application/json", **headers})

        def _refused(self, message: dict[str, Any]) -> int:
            accepts = self.headers.get("Accept", "")
            if self.headers.get("Authorization") != owner.key:
                return 401
            if "application/json" not in accepts or "text/event-stream" not in accepts:
                return 406
            if message["method"] == "initialize":
                return 0
            if self.headers.get("MCP-Protocol-Version") != "2025-06-18":
                return 400
            return 0 if self.headers.get("Mcp-Session-Id") in owner.sessions else 404

        def _stream(self, answer: dict[str, Any], headers: dict[str, str]) -> None:
            """A note of ours first, then the answer; and the stream stays open."""
            self.send_response(200)
            for name, text in {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked", **headers}.items():
                self.send_header(name, text)
            self.end_headers()
            note = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": "working"}}
            for event in (note, answer):
                data = f"event: message\r\ndata: {json.dumps(event)}\r\n\r\n".encode()
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                self.wfile.flush()
            self.close_connection = True
            owner.stopped.wait(3)

        def _say(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, text in (headers or {}).items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
