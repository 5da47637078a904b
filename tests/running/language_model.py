"""A language model on loopback that speaks the Chat Completions wire and answers by naming what it was asked.

Every customer's message carries marks such as `#v3.7`. The answer repeats the marks that stand after the last answer
and adds a number of its own, so that whoever reads it knows which messages it answers, and no two answers are alike.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MARK = re.compile(r"#[\w.-]+")


class LanguageModel:
    """`slowest` seconds at most until an answer; `trouble` is the share of requests that fail with 500."""

    def __init__(self, rng: random.Random, *, slowest: float = 0.8, trouble: float = 0.0) -> None:
        self.rng, self.slowest, self.trouble = rng, slowest, trouble
        self.answers = 0
        self._numbers = itertools.count(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.handle_error = lambda *about: None  # whoever was killed while asking is no news
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, messages: list[dict[str, Any]]) -> str:
        self.answers += 1
        return f"answer {next(self._numbers)} to {' '.join(open_marks(messages))}"


def open_marks(messages: list[dict[str, Any]]) -> list[str]:
    """The marks of the customer's messages since the last answer."""
    found: list[str] = []
    for message in reversed(messages):
        if message["role"] == "assistant":
            break
        if message["role"] == "user":
            found = MARK.findall(message["content"]) + found
    return found


def _handler(model: LanguageModel) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # an answer in two packets would wait 40 ms for the first to be acknowledged

        def log_message(self, *args: Any) -> None:
            """Quiet."""

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(model.rng.uniform(0, model.slowest))
            if model.rng.random() < model.trouble:
                self._say(500, b'{"error": {"message": "overloaded"}}', "application/json")
                return
            pieces = [{"role": "assistant", "content": ""}, {"content": model.answer(asked["messages"])}]
            lines = [_chunk(piece, None) for piece in pieces] + [_chunk({}, "stop"), "data: [DONE]\n\n"]
            self._say(200, "".join(lines).encode(), "text/event-stream")

        def _say(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _chunk(delta: dict[str, Any], reason: str | None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n"
