"""A model server on loopback that speaks OpenAI's wire: Chat Completions, Responses, embeddings, the list of models.

What it does next is a `Reply` from its script (the last one repeats); what it was asked is in `requests`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.doubles.http_double import Answer, Call, HttpDouble
from tests.doubles.model import obedience, senses, wires
from tests.doubles.model.replies import Mood, Reply

__all__ = ["ModelServer", "Mood", "Reply", "Request", "running"]

_WIRES = {"/v1/chat/completions": wires.Chat, "/v1/responses": wires.Responses}
_EVENTS = {"Content-Type": "text/event-stream"}


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class ModelServer(HttpDouble):
    """`speaking`: it has begun an answer that it does not end before `release`. `sees`: it takes pictures."""

    def __init__(self, *, api_key: str = "sk-right", port: int = 0) -> None:
        super().__init__(port=port)
        self.api_key = api_key
        self.base_url = f"{self.origin}/v1"
        self.models = ["test-large", "test-small"]
        self.sees = True
        self.requests: list[Request] = []
        self.embedding_troubles: list[Reply] = []
        self.speaking = threading.Event()
        self._script = [Reply()]
        self._hearings = [Reply(text="Heard words.")]

    def script(self, *replies: Reply) -> None:
        self._script = list(replies)

    def next_reply(self) -> Reply:
        """What it says to the last of `requests`; a subclass may have a mind of its own."""
        return _next(self._script)

    def hears(self, *replies: Reply) -> None:
        """What recordings are written down as; the last one repeats."""
        self._hearings = list(replies)

    def act(self, call: Call) -> Answer:
        listens = call.path == "/v1/audio/transcriptions"
        body = senses.form(call) if listens else call.json
        self.requests.append(Request(call.path, call.headers, body))
        if call.headers.get("authorization") != f"Bearer {self.api_key}":
            # the real one repeats a part of the key, which must not reach anybody's log
            said = f"Incorrect API key provided: {call.headers.get('authorization', '')}."
            return _error(401, said, "invalid_api_key")
        if listens:
            return self._listen(body)
        if call.path == "/v1/models":
            rows = [{"id": name, "object": "model", "created": 0, "owned_by": "test"} for name in self.models]
            return Answer(200, {"object": "list", "data": rows})
        if call.path == "/v1/embeddings":
            return self._embed(body)
        return self._write(call, body) if call.path in _WIRES else _error(404, "not found", "not_found")

    def _listen(self, form: dict[str, Any]) -> Answer:
        if not form["file"]["name"].endswith(senses.LISTENS_TO):
            return _error(400, "Invalid file format.", "invalid_value")
        reply = _next(self._hearings)
        usage = {"type": "tokens", "input_tokens": 14, "output_tokens": 5, "total_tokens": 19}
        return _trouble(reply) or Answer(200, {"text": reply.text, "usage": usage})

    def _embed(self, body: dict[str, Any]) -> Answer:
        trouble = _trouble(self.embedding_troubles.pop(0)) if self.embedding_troubles else None
        if trouble is None and "embedding" not in body["model"]:
            trouble = _unknown(body["model"])
        return trouble or Answer(200, senses.embeddings(body))

    def _write(self, call: Call, body: dict[str, Any]) -> Answer:
        if body["model"] not in self.models:
            return _unknown(body["model"])
        if not self.sees and b"data:image/" in call.body:
            said = "Invalid content type. image_url is only supported by certain models."
            return _error(400, said, "image")
        reply = self.next_reply()
        if reply.meanwhile:
            reply.meanwhile()
        trouble = _trouble(reply)
        if trouble:
            return trouble
        if reply.mood == "obeying":
            reply = obedience.carried_out(reply, body)
        wire = _WIRES[call.path](reply, body)
        return Answer(200, self._events(wire), _EVENTS) if body.get("stream") else Answer(200, wire.whole())

    def _events(self, wire: wires.Wire) -> Iterator[str]:
        for number, event in enumerate(wire.events()):
            if wire.reply.mood == "slow" and number == wire.first_word + 1:
                self.speaking.set()
                while not self.release.wait(0.02):
                    yield wire.keep_alive()
            yield event


running = ModelServer
"""`with running() as model: …`"""


def _next(replies: list[Reply]) -> Reply:
    return replies.pop(0) if len(replies) > 1 else replies[0]


def _trouble(reply: Reply) -> Answer | None:
    if reply.mood == "limited":
        return _error(429, "Rate limit reached", "rate_limit_exceeded", {"retry-after": reply.retry_after})
    if reply.mood == "no_quota":
        return _error(429, "You exceeded your current quota", "insufficient_quota")
    return _error(reply.status, "The server had an error", "server_error") if reply.mood == "failing" else None


def _unknown(name: str) -> Answer:
    return _error(404, f"The model `{name}` does not exist", "model_not_found")


def _error(status: int, message: str, code: str, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, {"error": {"message": message, "type": code, "param": None, "code": code}}, headers or {})
