"""A company's own web service on loopback, as tools call it; what it does next is a `Reply` from its script."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.http_double import Answer, Broken, Call, HttpDouble


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
    """`path` with the query; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


class ToolService(HttpDouble):
    def __init__(self) -> None:
        super().__init__()
        self.url = f"{self.origin}/hook"
        self.requests: list[Request] = []
        self.crowd = threading.Condition()
        self._script: list[Reply] = [Reply()]

    def script(self, *replies: Reply) -> None:
        """The last one repeats."""
        self._script = list(replies)

    def act(self, call: Call) -> Answer:
        with self.crowd:
            self.requests.append(Request(call.method, call.target, call.headers, call.body))
            reply = self._script.pop(0) if len(self._script) > 1 else self._script[0]
            self.crowd.notify_all()
            if reply.together and not self.crowd.wait_for(lambda: len(self.requests) >= reply.together, 5):
                return Answer(503)
        if reply.hangs or reply.drops:
            raise Broken("hang" if reply.hangs else "drop")
        return Answer(reply.status, reply.body.encode(), reply.headers)


running = ToolService
"""`with running() as service: …`"""
