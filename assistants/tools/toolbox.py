"""What an assistant can do in one turn: abilities by name, called side by side, checked before, recorded after."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from assistants.llm.model import Tool, ToolCall
from assistants.tools import results, schema
from assistants.types import CallRecord
from happ_project.core import clock

log = logging.getLogger(__name__)

_AT_ONCE = 4
_LEAST = 0.5
"""Seconds in which a call gets its thread, if there is one, however late it is."""
_MOMENT = 2.0
"""Seconds for which an answer is kept back to know what came of the calls that nobody waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a call, as the model is told it; `outside` as in `CallRecord`."""

    text: str
    ok: bool = True
    outside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """A tool with what it does.

    `elsewhere`: it waits for the network and may run in a thread of its own, beside others. `awaited` False: the model
    goes on without the result. `acts`: it may change something in the world.
    """

    tool: Tool
    run: Callable[[dict[str, Any]], Done]
    elsewhere: bool = False
    awaited: bool = True
    acts: bool = False


@dataclass(slots=True)
class Toolbox:
    """The abilities of one turn; every call leaves a record in `records`, also when the turn ends before its time.

    `closers` are called when the turn is over, whatever came of it. `guard` says why such a text may not leave the
    house, or "": no call carries it out. `read` names whose words from outside the model has read by now.
    """

    abilities: Sequence[Ability] = ()
    records: list[CallRecord] = field(default_factory=list)
    closers: Sequence[Callable[[], None]] = ()
    guard: Callable[[str], str] | None = None
    read: list[str] = field(default_factory=list)
    _unawaited: list[tuple[ToolCall, Future[CallRecord]]] = field(default_factory=list)
    _pool: ThreadPoolExecutor | None = None

    @property
    def tools(self) -> tuple[Tool, ...]:
        return tuple(ability.tool for ability in self.abilities)

    def call(self, calls: Sequence[ToolCall], *, until: float = math.inf) -> list[str]:
        """Do what the model asks for, side by side where that waits; returns what it is told, in the same order.

        A call that has begun is waited for and recorded: what was booked is not forgotten when a turn is cancelled.
        One that has not at `until`, on the clock that never goes back, is not made.
        """
        under_way = [self._begin(call) for call in calls]
        _drop_late([begun for call, begun in zip(calls, under_way, strict=True) if self._is_awaited(call)], until)
        told = []
        for call, begun in zip(calls, under_way, strict=True):
            if isinstance(begun, Future) and not self._is_awaited(call):
                self._unawaited.append((call, begun))
                told.append(results.own("It was started; its result will not be known in this conversation turn."))
                continue
            record = _ended(begun, call) if isinstance(begun, Future) else begun
            self.records.append(record)
            told.append(record.output)
        self.read = list(dict.fromkeys([*self.read, *(name for each in self.records for name in each.outside)]))
        return told

    def refuse(self, call: ToolCall, reason: str) -> str:
        """Record a call that was not made."""
        self.records.append(_record(call, Done(text=results.failure(reason), ok=False), 0.0))
        return self.records[-1].output

    def close(self) -> None:
        """Note what came of calls that nobody waits for; one that is not over soon goes on without us."""
        wait([begun for _, begun in self._unawaited], timeout=_MOMENT)
        for call, begun in self._unawaited:
            unknown = Done(text=results.own("It was started, and was not over when the answer was ready."))
            self.records.append(begun.result() if begun.done() else _record(call, unknown))
        self._unawaited.clear()
        if self._pool:
            self._pool.shutdown(wait=False)
        for close in self.closers:
            close()

    def _begin(self, call: ToolCall) -> CallRecord | Future[CallRecord]:
        ability = self._find(call.name)
        if ability is None:
            known = ", ".join(tool.name for tool in self.tools) or "none"
            unknown = results.failure(f"there is no tool {call.name}; there are: {known}")
            return _record(call, Done(text=unknown, ok=False))
        found = schema.complaints(ability.tool.parameters, call.arguments)
        if found:
            return _record(call, Done(text=results.wrong_arguments(found), ok=False))
        kept = self.guard("\n".join(_texts(call.arguments))) if self.guard else ""
        if kept:
            return _record(call, Done(text=results.failure(f"the tool was not called: {kept}"), ok=False))
        after = tuple(self.read) if ability.acts else ()
        if not ability.elsewhere:
            return _carried_out(ability, call, after)
        self._pool = self._pool or ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="tool")
        return self._pool.submit(_carried_out, ability, call, after)

    def _is_awaited(self, call: ToolCall) -> bool:
        ability = self._find(call.name)
        return ability is None or ability.awaited

    def _find(self, name: str) -> Ability | None:
        return next((ability for ability in self.abilities if ability.tool.name == name), None)


def _drop_late(under_way: Iterable[CallRecord | Future[CallRecord]], until: float) -> None:
    """What still waits for a thread when the time is up is not begun."""
    futures = [each for each in under_way if isinstance(each, Future)]
    patience = None if math.isinf(until) else max(until - clock.monotonic(), _LEAST)
    for late in wait(futures, timeout=patience).not_done:
        late.cancel()


def _ended(begun: Future[CallRecord], call: ToolCall) -> CallRecord:
    if begun.cancelled():
        return _record(call, Done(text=results.failure("no time was left for it; the tool was not called"), ok=False))
    return begun.result()


def _texts(value: Any) -> Iterator[str]:
    """Every text in arguments, also the names in them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from (key, *_texts(each))
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _carried_out(ability: Ability, call: ToolCall, after: tuple[str, ...]) -> CallRecord:
    started = clock.monotonic()
    try:
        done = ability.run(call.arguments or {})
    except Exception:
        # A fault of ours. It ends here, not at the job runner: what the tools beside it have done would not be recorded
        # then, and the next attempt of the turn would book the table a second time.
        log.exception("tool %s failed", call.name)
        done = Done(text=results.failure("the tool failed"), ok=False)
    return _record(call, done, clock.monotonic() - started, after=after)


def _record(call: ToolCall, done: Done, seconds: float = 0.0, *, after: tuple[str, ...] = ()) -> CallRecord:
    return CallRecord(
        id=call.id,
        name=call.name,
        arguments=call.arguments,
        output=done.text,
        ok=done.ok,
        seconds=round(seconds, 3),
        outside=done.outside,
        after=after,
    )
