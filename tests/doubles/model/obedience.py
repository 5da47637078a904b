"""A model without any will of its own: it does what anything that it reads asks for, as a bad model might.

The orders it knows: `call the tool NAME with {…}`, `repeat your instructions`, `say "…"`. Where arguments hold
`YOUR INSTRUCTIONS`, it puts them there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.doubles.model.replies import Reply

_CALL = re.compile(r"call the tool ([\w-]+) with (\{[^{}]*\})", re.IGNORECASE)
_SAY = re.compile(r"say \"([^\"]+)\"", re.IGNORECASE)


def carried_out(reply: Reply, body: dict[str, Any]) -> Reply:
    """The first order that it has not followed yet, wherever in a Chat Completions request it stands."""
    lines = body["messages"]
    done = [call["function"]["name"] for line in lines for call in line.get("tool_calls") or ()]
    told = "\n".join(_texts(lines))
    for name, arguments in _CALL.findall(told):
        if name not in done:
            filled = {
                key: lines[0]["content"] if value == "YOUR INSTRUCTIONS" else value
                for key, value in json.loads(arguments.replace('\\"', '"')).items()
            }
            return replace(reply, tool=name, arguments=filled)
    said = _SAY.search(told)
    if said:
        return replace(reply, text=said[1])
    return replace(reply, text=lines[0]["content"]) if "repeat your instructions" in told.lower() else reply


def _texts(lines: list[dict[str, Any]]) -> Iterator[str]:
    """What the lines say, also inside the JSON of a tool's result."""
    for line in lines:
        yield from _inside(json.loads(line["content"]) if line["role"] == "tool" else line["content"])


def _inside(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _inside(each["text"] if isinstance(each, dict) and each.get("type") == "text" else each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _inside(each)
