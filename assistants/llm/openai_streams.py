"""Reads the two kinds of streams to their real end; one that merely stops is a failure, whatever it said so far."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

from assistants.errors import ModelUnavailable
from assistants.llm.model import ToolCall
from assistants.llm.openai_errors import FAILED
from happ_project.core.text import gettext_noop as _
from happ_project.core.text import storable


@dataclass(slots=True)
class Read:
    """What a stream held."""

    text: str = ""
    refusal: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    input_tokens: int | None = None
    output_tokens: int | None = None
    cut: bool = False
    notes: dict[str, Any] = field(default_factory=dict)


class Reader(ABC):
    """Takes the events of one answer, then says what they amount to.

    `began`: an event came; `heard`: bytes of what the model wrote by now, thoughts and calls of tools among it.
    """

    def __init__(self) -> None:
        self.so_far = Read()
        self.began, self.heard = False, 0
        self._ended = False

    def take(self, event: Any) -> None:
        """One event of the stream."""
        self.began = True
        self._take(event)

    @abstractmethod
    def _take(self, event: Any) -> None:
        """The same, as its wire wants it."""

    def _hear(self, *pieces: Any) -> None:
        self.heard += sum(len(piece.encode(errors="replace")) for piece in pieces if isinstance(piece, str))

    def finish(self) -> Read:
        """Raises `ModelUnavailable` for an answer that broke off or is empty."""
        if not self._ended:
            raise ModelUnavailable(_("the answer broke off"))
        read = self.so_far
        read.text, read.refusal = storable(read.text).strip(), storable(read.refusal)
        if not (read.text or read.tool_calls or read.refusal):
            cut, empty = _("the answer was cut before its first word"), _("the model answered with nothing")
            raise ModelUnavailable(cut if read.cut else empty)
        return read


class ChatReader(Reader):
    """Chat Completions: deltas, tool calls in pieces joined by their index, a chunk of usage without choices.

    Other servers than OpenAI's say id and name with each piece, or give all calls of an answer one index: a call is
    another one as soon as it has another id.
    """

    def __init__(self) -> None:
        super().__init__()
        self._calls: list[dict[str, str]] = []
        self._at: dict[int, dict[str, str]] = {}

    def _take(self, event: Any) -> None:
        if event.usage:
            self.so_far.input_tokens = event.usage.prompt_tokens
            self.so_far.output_tokens = event.usage.completion_tokens
        for choice in event.choices[:1]:
            self.so_far.text += choice.delta.content or ""
            self.so_far.refusal += choice.delta.refusal or ""
            thought = getattr(choice.delta, "reasoning_content", None)  # of servers that show it
            self._hear(choice.delta.content, choice.delta.refusal, thought)
            for piece in choice.delta.tool_calls or ():
                call = self._call(piece)
                if piece.function:
                    call["name"] = call["name"] or piece.function.name or ""
                    call["arguments"] += piece.function.arguments or ""
                    self._hear(piece.function.name, piece.function.arguments)
            if choice.finish_reason:
                self._end(choice.finish_reason)

    def _call(self, piece: Any) -> dict[str, str]:
        """The call that the piece belongs to."""
        call = self._at.get(piece.index)
        if call is None or (piece.id and call["id"] and piece.id != call["id"]):
            call = self._at[piece.index] = {"id": "", "name": "", "arguments": ""}
            self._calls.append(call)
        call["id"] = call["id"] or piece.id or ""
        return call

    def _end(self, reason: str) -> None:
        self._ended = True
        self.so_far.cut = reason == "length"
        if reason == "content_filter":
            self.so_far.refusal = self.so_far.refusal or "content filter"
        self.so_far.tool_calls = tuple(
            ToolCall(id=call["id"], name=call["name"], arguments=_arguments(call["arguments"])) for call in self._calls
        )


class ResponsesReader(Reader):
    """Responses: the last event carries the whole answer; an `error` event is yielded, not raised, by the SDK."""

    def _take(self, event: Any) -> None:
        self._hear(getattr(event, "delta", None))
        if event.type in {"response.completed", "response.incomplete"}:
            self._end(event.response)
        elif event.type == "response.failed":
            self._note_usage(event.response)
            error = event.response.error
            raise ModelUnavailable(f"{FAILED}: {error.code if error else _('no reason given')}")
        elif event.type == "error":
            raise ModelUnavailable(f"{FAILED}: {event.code or event.message}")

    def _end(self, response: Any) -> None:
        self._ended = True
        read = self.so_far
        calls = []
        for item in response.output:
            if item.type == "message":
                for part in item.content:
                    read.text += part.text if part.type == "output_text" else ""
                    read.refusal += part.refusal if part.type == "refusal" else ""
            elif item.type == "function_call":
                calls.append(ToolCall(id=item.call_id, name=item.name, arguments=_arguments(item.arguments)))
        read.tool_calls = tuple(calls)
        reason = response.incomplete_details.reason if response.incomplete_details else None
        read.cut = reason == "max_output_tokens"
        if reason == "content_filter":
            read.refusal = read.refusal or "content filter"
        self._note_usage(response)

    def _note_usage(self, response: Any) -> None:
        if response.usage:
            self.so_far.input_tokens = response.usage.input_tokens
            self.so_far.output_tokens = response.usage.output_tokens


def _arguments(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return None
    return storable(value) if isinstance(value, dict) else None
