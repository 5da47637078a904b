"""A thin client of the Model Context Protocol over streamable HTTP: begin, list the tools, call one.

JSON-RPC 2.0 by POST; an answer is JSON or a stream of events in which ours is one. Source: the specification's pages
"Lifecycle", "Transports" and "Tools", revision 2025-06-18. Nothing that a server sends first is answered: of what a
client may offer (roots, sampling, elicitation) this one offers nothing.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from assistants.tools import results
from happ_project.core import clock, http
from happ_project.core.text import storable

VERSION = "2025-06-18"
MOST_TOOLS = 60
_MOST_PAGES = 10
_LARGEST_LIST = 1024 * 1024
_LARGEST_RESULT = 200_000
_CLIENT = {"name": "Happ", "version": "1"}


class McpError(Exception):
    """The server could not be asked, or said no; the text says why, for people and models."""


class _SessionOver(McpError):
    """The server has forgotten the session: begin anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where it is; nothing of it that may be secret shows in `repr`."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a tool said, as text; `ok` False: it says that it failed."""

    text: str
    ok: bool = True
    cut: bool = False


class Session:
    """One conversation with a server, begun when it is first needed. May be used by several threads.

    What is asked of it takes at most the server's `timeout` seconds, its beginning included.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._begun: dict[str, str] | None = None

    def tools(self) -> list[dict[str, Any]]:
        """Its tools as it describes them, at most `MOST_TOOLS`. Raises `McpError`."""
        until = self._until()
        found: list[dict[str, Any]] = []
        cursor = ""
        for _page in range(_MOST_PAGES):
            told = self._ask("tools/list", {"cursor": cursor} if cursor else {}, limit=_LARGEST_LIST, until=until)
            rows = told.get("tools")
            found += [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
            cursor = str(told.get("nextCursor") or "")
            if not cursor or len(found) >= MOST_TOOLS:
                break
        return found[:MOST_TOOLS]

    def call(self, name: str, arguments: Mapping[str, Any]) -> Result:
        """Raises `McpError`. Asked once: a call that may have been carried out is never repeated."""
        params = {"name": name, "arguments": dict(arguments)}
        told = self._ask("tools/call", params, limit=_LARGEST_RESULT, until=self._until())
        blocks = told.get("content")
        text = "\n".join(_said(block) for block in blocks) if isinstance(blocks, list) else ""
        if not text.strip() and told.get("structuredContent") is not None:
            text = json.dumps(told["structuredContent"], ensure_ascii=False)
        return Result(text=text[: results.LONGEST + 1], ok=not told.get("isError"), cut=len(text) > results.LONGEST)

    def close(self) -> None:
        """Let the server forget the session, if it keeps one; best effort."""
        with self._lock:
            begun, self._begun = self._begun, None
        if begun and "Mcp-Session-Id" in begun:
            try:
                self._door(5.0).request("DELETE", self._server.url, headers={**self._server.headers, **begun})
            except http.HttpError:
                return

    def _until(self) -> float:
        return clock.monotonic() + self._server.timeout

    def _ask(self, method: str, params: dict[str, Any], *, limit: int, until: float) -> dict[str, Any]:
        session = self._session(until)
        try:
            return self._request(method, params, headers=session, limit=limit, until=until)
        except _SessionOver:
            with self._lock:
                if self._begun is session:  # else another thread has begun a new one already
                    self._begun = None
            return self._request(method, params, headers=self._session(until), limit=limit, until=until)

    def _session(self, until: float) -> dict[str, str]:
        """The headers of the session, which is begun if it is not yet."""
        with self._lock:
            if self._begun is None:
                self._begun = self._begin(until)
            return self._begun

    def _begin(self, until: float) -> dict[str, str]:
        params = {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": _CLIENT}
        told, heard = self._post(self._message("initialize", params), headers={}, limit=_LARGEST_LIST, until=until)
        version = told.get("protocolVersion")
        if not isinstance(version, str):
            raise McpError("the server does not speak the Model Context Protocol")
        session = {"MCP-Protocol-Version": version}
        # a header's value of theirs: what is no visible ASCII is not sent back
        number = heard.get("Mcp-Session-Id", "")
        if number.isascii() and number.isprintable() and number:
            session["Mcp-Session-Id"] = number
        begun = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        self._post(begun, headers=session, limit=_LARGEST_LIST, until=until)
        return session

    def _request(self, method: str, params: dict[str, Any], **how: Any) -> dict[str, Any]:
        return self._post(self._message(method, params), **how)[0]

    def _message(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._numbers), "method": method, "params": params}

    def _post(
        self, message: dict[str, Any], *, headers: dict[str, str], limit: int, until: float
    ) -> tuple[dict[str, Any], Mapping[str, str]]:
        """The result, and the headers of the answer; a notification has the result {}."""
        sent = {
            **self._server.headers,
            **headers,
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "User-Agent": "Happ-Tools/1",
        }
        body = json.dumps(message, ensure_ascii=False).encode()
        try:
            left = max(until - clock.monotonic(), 0.1)
            with self._door(left).stream("POST", self._server.url, headers=sent, data=body) as stream:
                _check_status(stream.status, has_session="Mcp-Session-Id" in headers)
                if "id" not in message:
                    return {}, stream.headers
                return _result(_answer(stream, message["id"], limit)), stream.headers
        except http.Refused:
            raise McpError("the address is not one that may be called") from None
        except http.HttpError as error:
            raise McpError(str(error)) from None

    def _door(self, patience: float) -> http.Client:
        return http.client("tool", user_given=True).patient(patience)


def _check_status(status: int, *, has_session: bool) -> None:
    if status == 404 and has_session:
        raise _SessionOver("the server has forgotten the session")
    if status in {401, 403}:
        raise McpError("the server does not accept the key in the headers")
    if not 200 <= status < 300:
        raise McpError(f"the server answered {status}")


def _answer(stream: http.Stream, number: int, limit: int) -> dict[str, Any]:
    """The JSON-RPC answer to the request of this number."""
    kind = stream.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    texts = _events(stream, limit) if kind == "text/event-stream" else iter([_whole(stream, limit)])
    for text in texts:
        try:
            told = storable(json.loads(text))
        except (ValueError, RecursionError):
            continue
        for each in told if isinstance(told, list) else [told]:
            if isinstance(each, dict) and each.get("id") == number and ("result" in each or "error" in each):
                return each
    raise McpError("the server gave no answer")


def _chunks(stream: http.Stream, limit: int) -> Iterator[bytes]:
    size = 0
    for chunk in stream.chunks():
        size += len(chunk)
        if size > limit:
            raise McpError(f"the server answered with more than {limit // 1000} kB")
        yield chunk


def _whole(stream: http.Stream, limit: int) -> str:
    return b"".join(_chunks(stream, limit)).decode("utf-8", "replace")


def _events(stream: http.Stream, limit: int) -> Iterator[str]:
    """The data of each server-sent event, as it comes: a server may keep the stream open behind its answer."""
    rest, data = b"", []
    for chunk in _chunks(stream, limit):
        *lines, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" ").decode("utf-8", "replace"))
            elif not line and data:
                yield "\n".join(data)
                data = []
    if data:
        yield "\n".join(data)


def _result(told: dict[str, Any]) -> dict[str, Any]:
    error = told.get("error")
    if isinstance(error, dict):
        raise McpError(f"the server said: {str(error.get('message') or error.get('code'))[:300]}")
    result = told.get("result")
    return result if isinstance(result, dict) else {}


def _said(block: Any) -> str:
    """A piece of a result in words; what is none is named."""
    if not isinstance(block, dict):
        return ""
    if block.get("type") == "text":
        return str(block.get("text") or "")
    inside = block.get("resource")
    if isinstance(inside, dict) and isinstance(inside.get("text"), str):
        return inside["text"]
    return f"[{block.get('type') or 'something'}]"
