"""A server of the Model Context Protocol on loopback: streamable HTTP, sessions, answers as JSON or as events.

It keeps to the specification (revision 2025-06-18) and refuses whoever does not; `moods` make it misbehave on order.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any

from tests.doubles.http_double import Answer, Broken, Call, HttpDouble

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


class McpServer(HttpDouble):
    """`events`: answers come as a stream. `moods` are taken one for each call of a tool."""

    def __init__(self, *, key: str = "Bearer right") -> None:
        super().__init__()
        self.url = f"{self.origin}/mcp"
        self.key, self.events = key, False
        self.tools: list[dict[str, Any]] = list(TOOLS)
        self.page = 100
        self.results: dict[str, Any] = {
            "find_order": {"content": [{"type": "text", "text": '{"state": "on its way"}'}]}
        }
        self.moods: list[str] = []
        self.called: list[dict[str, Any]] = []
        self.methods: list[str] = []
        self.sessions: set[str] = set()
        self.ended: list[str] = []

    def act(self, call: Call) -> Answer:
        if call.method == "DELETE":
            session = call.headers.get("mcp-session-id", "")
            self.sessions.discard(session)
            self.ended.append(session)
            return Answer(204)
        message = call.json
        self.methods.append(message["method"])
        refused = self._refused(message["method"], call.headers)
        if refused:
            return Answer(refused, {"error": "no"})
        if "id" not in message:
            return Answer(202)
        mood = self.moods.pop(0) if message["method"] == "tools/call" and self.moods else ""
        if mood in {"hangs", "drops"}:
            raise Broken(mood.removesuffix("s"))
        if mood.isdigit():
            return Answer(int(mood), b"out of order")
        told = {"jsonrpc": "2.0", "id": message["id"], **self._result(message)}
        headers = {}
        if message["method"] == "initialize":
            headers["Mcp-Session-Id"] = secrets.token_hex(8)
            self.sessions.add(headers["Mcp-Session-Id"])
        if self.events:
            return Answer(200, self._stream(told), {"Content-Type": "text/event-stream", **headers})
        return Answer(200, told, headers)

    def _refused(self, method: str, headers: dict[str, str]) -> int:
        accepts = headers.get("accept", "")
        if headers.get("authorization") != self.key:
            return 401
        if "application/json" not in accepts or "text/event-stream" not in accepts:
            return 406
        if method == "initialize":
            return 0
        if headers.get("mcp-protocol-version") != "2025-06-18":
            return 400
        return 0 if headers.get("mcp-session-id") in self.sessions else 404

    def _stream(self, answer: dict[str, Any]) -> Iterator[str]:
        """A note of ours first, then the answer; and the stream stays open."""
        note = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": "working"}}
        for event in (note, answer):
            yield f"event: message\r\ndata: {json.dumps(event)}\r\n\r\n"
        self.release.wait(3)

    def _result(self, message: dict[str, Any]) -> dict[str, Any]:
        """Of a request; or its error."""
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
            self.called.append(params)
            if params["name"] not in self.results:
                return {"error": {"code": -32602, "message": f"Unknown tool: {params['name']}"}}
            return {"result": self.results[params["name"]]}
        return {"error": {"code": -32601, "message": "Method not found"}}


running = McpServer
"""`with running() as server: …`"""
