"""The talk with a model about one answer: it asks for tools, is told the results, asks again, within bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistants.errors import ModelUnavailable
from assistants.llm.model import HANDOFF, Cancel, Completion, Message, Model, Tool, ToolCall
from assistants.tools.toolbox import Toolbox
from happ_project.core import clock

MOST_ROUNDS = 8
MOST_CALLS = 16
LONGEST = 60.0
"""Seconds from the first word until the model gets no more tools."""
_PATIENCE = 60.0
_LAST_WORD = 20.0
"""Seconds that a model has at least, however long the tools took."""
_NO_MORE = "there were too many calls for one answer; no more are made. Answer with what is known, or call a person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """How it ended. `over`: the bound that was reached; `rounds`: how often tools were called."""

    completion: Completion
    rounds: int = 0
    over: str = ""


def converse(
    messages: Sequence[Message], *, model: Model, toolbox: Toolbox, always: Sequence[Tool], cancelled: Cancel
) -> Talk:
    """`always` are tools that end the turn and are never called here. Raises what the model raises."""
    started = clock.monotonic()
    lines, usage, over, rounds, made = list(messages), None, "", 0, 0
    while True:
        left = LONGEST - (clock.monotonic() - started)
        tools = (*always, *(() if over else toolbox.tools))
        completion = _completed(
            model, lines, tools, cancelled, timeout=min(max(left, _LAST_WORD), _PATIENCE), again=rounds > 0
        )
        usage = completion.usage if usage is None else completion.usage.plus(usage)
        wanted = _named(completion.tool_calls, rounds)
        completion = replace(completion, usage=usage, tool_calls=wanted)
        others = [call for call in wanted if call.name != HANDOFF]
        if over or not others:
            return Talk(completion=completion, rounds=rounds, over=over)
        lines += _called(others, completion.text, toolbox, room=MOST_CALLS - made, until=started + LONGEST)
        rounds, made = rounds + 1, made + len(others)
        if len(others) < len(wanted):  # what was to be done before a person takes over is done
            return Talk(completion=completion, rounds=rounds)
        over = _bound(rounds, made, LONGEST - (clock.monotonic() - started))


def _completed(
    model: Model, lines: list[Message], tools: Sequence[Tool], cancelled: Cancel, *, timeout: float, again: bool
) -> Completion:
    """After tools were called a stumble of the model is tried once more at once: to begin anew would call them anew."""
    try:
        return model.complete(lines, tools, cancelled=cancelled, timeout=timeout)
    except ModelUnavailable as error:
        if not again or error.retry_after:
            raise
        return model.complete(lines, tools, cancelled=cancelled, timeout=timeout)


def _named(calls: Sequence[ToolCall], rounds: int) -> tuple[ToolCall, ...]:
    """Some servers give no ids, or the same ones in each round."""
    return tuple(
        replace(call, id=f"{call.id or 'call'}-{rounds}-{number}" if rounds or not call.id else call.id)
        for number, call in enumerate(calls)
    )


def _called(wanted: Sequence[ToolCall], text: str, toolbox: Toolbox, *, room: int, until: float) -> list[Message]:
    told = toolbox.call(wanted[:room], until=until) + [toolbox.refuse(call, _NO_MORE) for call in wanted[room:]]
    answers = [Message(role="tool", text=each, call_id=call.id) for call, each in zip(wanted, told, strict=True)]
    return [Message(role="assistant", text=text, calls=tuple(wanted)), *answers]


def _bound(rounds: int, calls: int, left: float) -> str:
    if rounds >= MOST_ROUNDS:
        return "rounds"
    if calls >= MOST_CALLS:
        return "calls"
    return "time" if left <= 0 else ""
