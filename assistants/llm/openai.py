"""OpenAI, and every server that speaks its wire: Responses for OpenAI itself, Chat Completions for the others.

Answers are streamed, so that a turn that lost its point stops the generation (and its cost) at the next word.
Facts about the wire: OpenAI's reference and the SDK's source, version 3.54.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from assistants.errors import Cancelled, ModelRejected, ModelTooSlow, ModelUnavailable, Unanswered
from assistants.llm import estimates, openai_errors, servers, sight
from assistants.llm.model import Cancel, Completion, Message, Model, Tool, ToolCall, never
from assistants.llm.openai_streams import ChatReader, Reader, ResponsesReader
from assistants.types import Usage
from happ_project.core import clock, http
from happ_project.core.text import gettext_noop as _

if TYPE_CHECKING:
    from openai import OpenAI

DEFAULT_MODEL = "gpt-5.4-mini"
_MOST_TOKENS = 4_000
"""Of one answer; models that reason spend most of it before the first word."""

Wire = Literal["responses", "chat"]


class OpenAIModel(Model):
    """A model behind an address; with `operator` the address is the operator's own and may be a private one."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str = "",
        name: str = "",
        operator: bool = False,
        temperature: float | None = None,
        wire: Wire | None = None,
        sees: bool = True,
    ) -> None:
        """`sees`: pictures may be shown to it; a model that refuses them is found out."""
        self.name = name or DEFAULT_MODEL
        self._api_key, self._base_url = api_key, servers.address(base_url)
        self._temperature, self._sees = temperature, sees
        self._provider, official = servers.provider(base_url), servers.is_official(base_url)
        self._operator = operator or official
        self._wire: Wire = wire or ("responses" if official else "chat")

    def __repr__(self) -> str:
        return f"<OpenAIModel {self.name} at {servers.host(self._base_url)}>"

    def describe(self) -> str:
        where = "OpenAI" if servers.is_official(self._base_url) else servers.host(self._base_url)
        return f"{where}: {self.name}"

    def complete(
        self, messages: Sequence[Message], tools: Sequence[Tool] = (), *, cancelled: Cancel = never, timeout: float = 60
    ) -> Completion:
        started = clock.monotonic()
        shown = sum(len(message.pictures) for message in messages)
        if shown and self._sees and not sight.is_blind(self._base_url, self.name):
            try:
                seen = self._complete(messages, tools, cancelled=cancelled, timeout=timeout)
                return replace(seen, notes={**seen.notes, "pictures": shown})
            except ModelRejected as error:
                if not sight.is_about_pictures(error):
                    raise
                sight.note_blind(self._base_url, self.name)
                timeout = max(timeout - (clock.monotonic() - started), 1)
        blind = [replace(message, pictures=()) for message in messages] if shown else messages
        return self._complete(blind, tools, cancelled=cancelled, timeout=timeout)

    def _complete(
        self, messages: Sequence[Message], tools: Sequence[Tool], *, cancelled: Cancel, timeout: float
    ) -> Completion:
        if cancelled():
            raise Cancelled
        started = clock.monotonic()
        reader = ResponsesReader() if self._wire == "responses" else ChatReader()
        try:
            self._read(reader, messages, tools, cancelled=cancelled, timeout=timeout)
            read = reader.finish()
        except Unanswered as error:
            # whoever began to answer, or was only too slow, is paid for it
            if reader.began or isinstance(error, ModelTooSlow):
                error.usage = self._so_far(reader, messages, tools, seconds=clock.monotonic() - started)
            raise
        usage = Usage(
            provider=self._provider,
            model=self.name,
            input_tokens=read.input_tokens,
            output_tokens=read.output_tokens,
            seconds=clock.monotonic() - started,
        )
        return Completion(
            text=read.text,
            tool_calls=read.tool_calls,
            usage=usage,
            cut=read.cut,
            notes=read.notes,
            refusal=read.refusal,
        )

    def _read(
        self, reader: Reader, messages: Sequence[Message], tools: Sequence[Tool], *, cancelled: Cancel, timeout: float
    ) -> None:
        started = clock.monotonic()
        with self._client(timeout) as client, openai_errors.translated(model=self.name):
            stream = self._open(client, messages, tools)
            try:
                for event in stream:
                    reader.take(event)
                    if cancelled():
                        raise Cancelled
                    if clock.monotonic() - started > timeout:
                        raise ModelTooSlow(openai_errors.TOO_SLOW)
            finally:
                stream.close()

    def _so_far(self, reader: Reader, messages: Sequence[Message], tools: Sequence[Tool], *, seconds: float) -> Usage:
        """What a call without an answer took: as the provider said, else about as much as was sent and heard."""
        told = Usage(
            provider=self._provider,
            model=self.name,
            input_tokens=reader.so_far.input_tokens,
            output_tokens=reader.so_far.output_tokens,
            seconds=seconds,
        )
        if told.input_tokens is not None:
            return told
        given, taken = estimates.prompt(messages, tools), estimates.tokens(reader.heard)
        return replace(told, input_tokens=given, output_tokens=taken, estimated=True)

    def names(self) -> list[str]:
        """The models that this key may use, [] where the server has no list; a cheap way to see whether a key works.

        Without the SDK, so that a page may ask.
        """
        door = http.client("tool", user_given=not self._operator)
        try:
            answer = door.get(f"{self._base_url}/models", headers={"Authorization": f"Bearer {self._api_key}"})
            listed = answer.json() if answer.ok else {}
        except http.Refused:
            raise ModelRejected(_("the address of the model server is not one that may be called")) from None
        except http.HttpError:
            raise ModelUnavailable(_("the model server cannot be reached")) from None
        except ValueError:
            raise ModelRejected(_("there is no model server at this address")) from None
        if answer.status in {401, 403}:
            raise ModelRejected(_("the key is not accepted"))
        if not answer.ok and answer.status != 404:
            raise ModelUnavailable(f"{openai_errors.ANSWERED}: {answer.status}")
        rows = listed.get("data", []) if isinstance(listed, dict) else []
        return sorted(str(row["id"]) for row in rows if isinstance(row, dict) and "id" in row)

    @contextmanager
    def _client(self, timeout: float) -> Iterator[OpenAI]:
        # imported on first use: the SDK takes a second and some 60 MB, and only workers need it
        import httpx2  # noqa: TID251 - the SDK's own client, on our transport
        from openai import OpenAI

        transport = http.model_transport(operator=self._operator)
        with httpx2.Client(transport=transport, trust_env=False, timeout=timeout) as wire:
            # an explicit address: the SDK would else take OPENAI_BASE_URL of the process, for every company
            yield OpenAI(
                api_key=self._api_key, base_url=self._base_url, http_client=wire, timeout=timeout, max_retries=0
            )

    def _open(self, client: OpenAI, messages: Sequence[Message], tools: Sequence[Tool]) -> Any:
        spice: dict[str, Any] = {} if self._temperature is None else {"temperature": self._temperature}
        if self._wire == "responses":
            return client.responses.create(
                model=self.name,
                instructions="\n\n".join(message.text for message in messages if message.role == "system"),
                input=[item for message in messages if message.role != "system" for item in _items(message)],
                tools=[_flat(tool) for tool in tools],
                max_output_tokens=_MOST_TOKENS,
                store=False,  # customers' conversations are not ours to leave there
                stream=True,
                **spice,
            )
        if tools:
            spice["tools"] = [{"type": "function", "function": _function(tool)} for tool in tools]
        return client.chat.completions.create(
            model=self.name,
            messages=[_line(message) for message in messages],
            max_completion_tokens=_MOST_TOKENS,
            stream=True,
            stream_options={"include_usage": True},
            **spice,
        )


def _line(message: Message) -> Any:
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.call_id, "content": message.text}
    if not message.calls:
        return {"role": message.role, "content": sight.chat_content(message)}
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": _arguments(call)}}
        for call in message.calls
    ]
    return {"role": message.role, "content": message.text or None, "tool_calls": calls}


def _items(message: Message) -> list[Any]:
    """A line as Responses wants it: calls and their results are items of their own."""
    if message.role == "tool":
        return [{"type": "function_call_output", "call_id": message.call_id, "output": message.text}]
    said: list[Any] = (
        []
        if message.calls and not message.text
        else [{"role": message.role, "content": sight.responses_content(message)}]
    )
    return said + [
        {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": _arguments(call)}
        for call in message.calls
    ]


def _arguments(call: ToolCall) -> str:
    """What the model sent, or an empty object where that was no JSON: some servers refuse to read it back."""
    return json.dumps(call.arguments or {}, ensure_ascii=False)


def _function(tool: Tool) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "parameters": tool.parameters, "strict": tool.strict}


def _flat(tool: Tool) -> Any:
    return {"type": "function", **_function(tool)}
