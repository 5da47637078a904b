"""The two wires on which a model's reply is told: Chat Completions and Responses, whole or as events of a stream."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from tests.doubles.model.replies import Reply


class Wire(ABC):
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


class Chat(Wire):
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
        for number, (each, name, arguments) in enumerate(self.calls()):
            is_lax = self.reply.mood == "one_index"
            opening = {"index": 0 if is_lax else number, "id": each, "type": "function", "function": {"name": name}}
            yield self._delta({"tool_calls": [opening]})
            middle = len(arguments) // 2
            for part in (arguments[:middle], arguments[middle:]):
                piece = {"index": number, "function": {"arguments": part}}
                if is_lax:
                    piece = {**opening, "function": {"name": name, "arguments": part}}
                yield self._delta({"tool_calls": [piece]})
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


class Responses(Wire):
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


def _data(value: Any) -> str:
    return f"data: {json.dumps(value)}\n\n"
