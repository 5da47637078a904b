"""A model server on loopback that speaks OpenAI's wire: Chat Completions, Responses, embeddings, the list of models.

What it does next is a `Reply` from its script (the last one repeats); what it was asked is in `requests`.
Run it by hand with `python -m tests.doubles.model [port]`: it then answers everything with a sentence.
"""

from __future__ import annotations

import base64
import email
import json
import struct
import sys
import threading
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Mood = Literal[
    "normal", "slow", "limited", "no_quota", "failing", "broken_off", "empty", "refusing", "cut", "odd_error"
]


@dataclass(frozen=True)
class Reply:
    """One answer. `slow` waits for `release` after its first word; `limited` asks to wait `retry_after` seconds."""

    text: str = "Scripted answer."
    mood: Mood = "normal"
    tool: str = ""
    arguments: dict[str, Any] | str = field(default_factory=dict)
    beside: tuple[tuple[str, dict[str, Any]], ...] = ()
    """More calls of the same answer: name and arguments of each."""
    retry_after: str = "7"
    status: int = 500


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is one of the cases."""


class ModelServer:
    def __init__(self, *, api_key: str = "sk-right", port: int = 0) -> None:
        self.api_key = api_key
        self.models = ["test-large", "test-small"]
        self.requests: list[Request] = []
        self.embedding_troubles: list[Reply] = []
        self.release = threading.Event()
        self.speaking = threading.Event()
        self.hung_up = threading.Event()
        self._script: list[Reply] = [Reply()]
        self._hearings: list[Reply] = [Reply(text="Heard words.")]
        self.sees = True
        self._server = _QuietServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def address(self) -> str:
        """As OUTBOUND_ALLOWED_PRIVATE wants it."""
        return f"127.0.0.1:{self.port}"

    def script(self, *replies: Reply) -> None:
        self._script = list(replies)

    def next_reply(self) -> Reply:
        return self._script.pop(0) if len(self._script) > 1 else self._script[0]

    def hears(self, *replies: Reply) -> None:
        """What recordings are written down as; the last one repeats."""
        self._hearings = list(replies)

    def next_hearing(self) -> Reply:
        return self._hearings.pop(0) if len(self._hearings) > 1 else self._hearings[0]

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def running(**options: Any) -> Iterator[ModelServer]:
    server = ModelServer(**options)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _handler(owner: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # an answer in two packets would wait 40 ms for the first to be acknowledged

        def log_message(self, *args: Any) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            owner.requests.append(Request(self.path, dict(self.headers.items()), {}))
            if self._is_known() and self.path == "/v1/models":
                rows = [{"id": name, "object": "model", "created": 0, "owned_by": "test"} for name in owner.models]
                self._json(200, {"object": "list", "data": rows})

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path == "/v1/audio/transcriptions":
                self._listen(raw)
                return
            body = json.loads(raw)
            owner.requests.append(Request(self.path, dict(self.headers.items()), body))
            if not self._is_known():
                return
            if self.path == "/v1/embeddings":
                trouble = owner.embedding_troubles.pop(0) if owner.embedding_troubles else None
                if trouble is None or not self._bad_mood(trouble):
                    self._embed(body)
                return
            wires = {"/v1/chat/completions": _Chat, "/v1/responses": _Responses}
            if self.path not in wires:
                self._error(404, "not found", code="not_found")
                return
            if body["model"] not in owner.models:
                self._error(404, f"The model `{body['model']}` does not exist", code="model_not_found")
                return
            if not owner.sees and "data:image/" in raw.decode():
                self._error(400, "Invalid content type. image_url is only supported by certain models.", code="image")
                return
            reply = owner.next_reply()
            if not self._bad_mood(reply):
                self._speak(wires[self.path](reply, body), reply, streamed=bool(body.get("stream")))

        def _listen(self, raw: bytes) -> None:
            form = _form(self.headers["Content-Type"], raw)
            owner.requests.append(Request(self.path, dict(self.headers.items()), form))
            if not self._is_known():
                return
            if not form["file"]["name"].endswith(_LISTENS_TO):
                self._error(400, "Invalid file format.", code="invalid_value")
                return
            reply = owner.next_hearing()
            if not self._bad_mood(reply):
                usage = {"type": "tokens", "input_tokens": 14, "output_tokens": 5, "total_tokens": 19}
                self._json(200, {"text": reply.text, "usage": usage})

        def _embed(self, body: dict[str, Any]) -> None:
            if "embedding" in body["model"]:
                self._json(200, _embeddings(body))
            else:
                self._error(404, f"The model `{body['model']}` does not exist", code="model_not_found")

        def _is_known(self) -> bool:
            if self.headers.get("Authorization") == f"Bearer {owner.api_key}":
                return True
            # the real one repeats a part of the key, which must not reach anybody's log
            said = f"Incorrect API key provided: {self.headers.get('Authorization', '')}."
            self._error(401, said, code="invalid_api_key")
            return False

        def _bad_mood(self, reply: Reply) -> bool:
            if reply.mood == "limited":
                self._error(429, "Rate limit reached", code="rate_limit_exceeded", retry_after=reply.retry_after)
            elif reply.mood == "no_quota":
                self._error(429, "You exceeded your current quota", code="insufficient_quota")
            elif reply.mood == "failing":
                self._error(reply.status, "The server had an error", code="server_error")
            else:
                return False
            return True

        def _speak(self, wire: _Wire, reply: Reply, *, streamed: bool) -> None:
            if not streamed:
                self._json(200, wire.whole())
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                for number, event in enumerate(wire.events()):
                    if reply.mood == "slow" and number == wire.first_word + 1:
                        self._wait_for_release(wire)
                    self._chunk(event)
                self._chunk("", last=True)
            except (BrokenPipeError, ConnectionResetError):
                owner.hung_up.set()
                self.close_connection = True

        def _wait_for_release(self, wire: _Wire) -> None:
            owner.speaking.set()
            while not owner.release.wait(0.02):
                self._chunk(wire.keep_alive())

        def _chunk(self, text: str, *, last: bool = False) -> None:
            data = text.encode()
            if data or last:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                self.wfile.flush()

        def _json(self, status: int, value: Any, **headers: str) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            for name, text in headers.items():
                self.send_header(name.replace("_", "-"), text)
            self.end_headers()
            self.wfile.write(body)

        def _error(self, status: int, message: str, *, code: str, **headers: str) -> None:
            self._json(status, {"error": {"message": message, "type": code, "param": None, "code": code}}, **headers)

    return Handler


class _Wire(ABC):
    """How one reply is told: whole, or as events."""

    first_word = 1

    def __init__(self, reply: Reply, body: dict[str, Any]) -> None:
        self.reply, self.model = reply, body["model"]
        self.text = "" if reply.mood in {"empty", "refusing"} or reply.tool else reply.text
        self.arguments = reply.arguments if isinstance(reply.arguments, str) else json.dumps(reply.arguments)

    def calls(self) -> list[tuple[str, str, str]]:
        """Id, name and arguments of each call."""
        first = [("call_1", self.reply.tool, self.arguments)] if self.reply.tool else []
        more = [(f"call_{i}", name, json.dumps(told)) for i, (name, told) in enumerate(self.reply.beside, start=2)]
        return first + more

    def words(self) -> list[str]:
        return [word + " " for word in self.text.split(" ")] if self.text else []

    @abstractmethod
    def whole(self) -> dict[str, Any]:
        """The answer in one piece."""

    @abstractmethod
    def events(self) -> Iterator[str]:
        """The answer in events of a stream."""

    @abstractmethod
    def keep_alive(self) -> str:
        """What a server sends while it thinks."""


class _Chat(_Wire):
    def whole(self) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": self.text or None, "refusal": self._refusal()}
        if self.reply.tool:
            message["tool_calls"] = [
                {"id": each, "type": "function", "function": {"name": name, "arguments": arguments}}
                for each, name, arguments in self.calls()
            ]
        choice = {"index": 0, "message": message, "finish_reason": self._reason(), "logprobs": None}
        return {**self._head("chat.completion"), "choices": [choice], "usage": _CHAT_USAGE}

    def events(self) -> Iterator[str]:
        yield self._delta({"role": "assistant", "content": ""})
        for word in self.words():
            yield self._delta({"content": word})
        if self.reply.mood == "odd_error":
            yield _data({"error": {"message": "overloaded", "type": "server_error", "code": "overloaded"}})
            return
        if self.reply.mood == "broken_off":
            return
        if self._refusal():
            yield self._delta({"refusal": self._refusal()})
        for index, (each, name, arguments) in enumerate(self.calls()):
            opening = {"index": index, "id": each, "type": "function", "function": {"name": name}}
            yield self._delta({"tool_calls": [opening]})
            middle = len(arguments) // 2
            for part in (arguments[:middle], arguments[middle:]):
                yield self._delta({"tool_calls": [{"index": index, "function": {"arguments": part}}]})
        yield self._delta({}, self._reason())
        yield _data({**self._head("chat.completion.chunk"), "choices": [], "usage": _CHAT_USAGE})
        yield "data: [DONE]\n\n"

    def keep_alive(self) -> str:
        return self._delta({"content": ""})

    def _delta(self, delta: dict[str, Any], reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        return _data({**self._head("chat.completion.chunk"), "choices": [choice]})

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": "chatcmpl-1", "object": kind, "created": 0, "model": self.model}

    def _refusal(self) -> str | None:
        return "I cannot help with that." if self.reply.mood == "refusing" else None

    def _reason(self) -> str:
        return "length" if self.reply.mood == "cut" else "tool_calls" if self.reply.tool else "stop"


class _Responses(_Wire):
    def whole(self) -> dict[str, Any]:
        output: list[dict[str, Any]] = []
        content: dict[str, Any] = {"type": "output_text", "text": self.text, "annotations": []}
        if self.reply.mood == "refusing":
            content = {"type": "refusal", "refusal": "I cannot help with that."}
        if self.text or self.reply.mood == "refusing":
            line = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [content]}
            output.append(line)
        for each, name, arguments in self.calls():
            call = {"type": "function_call", "id": f"fc_{each}", "call_id": each, "name": name}
            output.append({**call, "arguments": arguments, "status": "completed"})
        cut = {"reason": "max_output_tokens"} if self.reply.mood == "cut" else None
        status = "incomplete" if cut else "completed"
        return {**self._head(status), "output": output, "incomplete_details": cut, "usage": _RESPONSES_USAGE}

    def events(self) -> Iterator[str]:
        yield self._event("response.created", response=self._head("in_progress"))
        for word in self.words():
            place = {"item_id": "msg_1", "output_index": 0, "content_index": 0, "logprobs": []}
            yield self._event("response.output_text.delta", delta=word, **place)
        if self.reply.mood == "broken_off":
            return
        if self.reply.mood == "odd_error":
            yield self._event("error", code="overloaded", message="overloaded", param=None)
            return
        whole = self.whole()
        yield self._event(f"response.{whole['status']}", response=whole)

    def keep_alive(self) -> str:
        return self._event("response.in_progress", response=self._head("in_progress"))

    def _event(self, kind: str, **fields: Any) -> str:
        return f"event: {kind}\n" + _data({"type": kind, "sequence_number": 0, **fields})

    def _head(self, status: str) -> dict[str, Any]:
        fixed = {"parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "metadata": {}, "error": None}
        head = {"id": "resp_1", "object": "response", "created_at": 0, "model": self.model, "output": []}
        return {**fixed, **head, "status": status, "instructions": None, "incomplete_details": None}


_CHAT_USAGE = {"prompt_tokens": 20, "completion_tokens": 4, "total_tokens": 24}
_RESPONSES_USAGE = {
    "input_tokens": 20,
    "output_tokens": 4,
    "total_tokens": 24,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens_details": {"reasoning_tokens": 0},
}


_LISTENS_TO = (".flac", ".mp3", ".mp4", ".mpeg", ".mpga", ".m4a", ".ogg", ".wav", ".webm")


def _form(content_type: str, raw: bytes) -> dict[str, Any]:
    """The parts of a multipart body: texts, and a file as its name and size."""
    parts = email.message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + raw).get_payload()
    found: dict[str, Any] = {}
    for part in parts:
        content = part.get_payload(decode=True)
        name = str(part.get_param("name", header="content-disposition"))
        filename = part.get_filename()
        found[name] = {"name": filename, "size": len(content)} if filename else content.decode()
    return found


def _data(value: Any) -> str:
    return f"data: {json.dumps(value)}\n\n"


def _embeddings(body: dict[str, Any]) -> dict[str, Any]:
    """Texts with common words have vectors that point the same way."""
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    rows = []
    for number, text in enumerate(texts):
        vector = [0.0] * body.get("dimensions", 256)
        for word in text.lower().replace("?", " ").replace(".", " ").split():
            vector[zlib.crc32(word.encode()) % len(vector)] += 1.0
        as_text = body.get("encoding_format") == "base64"
        packed = struct.pack(f"<{len(vector)}f", *vector)
        told: Any = base64.b64encode(packed).decode() if as_text else vector
        rows.append({"object": "embedding", "index": number, "embedding": told})
    return {"object": "list", "model": body["model"], "data": rows, "usage": {"prompt_tokens": 3, "total_tokens": 3}}


if __name__ == "__main__":
    by_hand = ModelServer(port=int(sys.argv[1]) if len(sys.argv) > 1 else 8099)
    print(f"OPENAI_BASE_URL={by_hand.base_url} OPENAI_API_KEY={by_hand.api_key} OPENAI_MODEL={by_hand.models[0]}")
    by_hand._server.serve_forever()
