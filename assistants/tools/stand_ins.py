"""Tools of a test: they do nothing in the world and say what they said once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistants.tools import builtin, results
from assistants.tools.toolbox import Ability, Done

_HARMLESS = frozenset({builtin.KNOWLEDGE, builtin.TIME})
_NOTHING = "This is a test: nothing was really done. Go on as if it had worked, without inventing details."


def instead_of(abilities: Sequence[Ability], recorded: Mapping[str, list[str]]) -> list[Ability]:
    """Each tool that reaches outside answers by the record, the last answer again and again; or says that it is a test.

    What was said is taken from `recorded`: the turns of one conversation share it. Looking up knowledge and the time
    stay as they are.
    """
    return [
        each
        if each.tool.name in _HARMLESS
        else replace(each, run=_by_record(recorded.get(each.tool.name, [])), elsewhere=False, awaited=True, acts=False)
        for each in abilities
    ]


def context(names: Sequence[str], recorded: Mapping[str, list[str]]) -> dict[str, Any]:
    """What the tools of the beginning said once."""
    return {name: _result(recorded[name][0]) for name in names if recorded.get(name)}


def _by_record(answers: list[str]) -> Callable[[dict[str, Any]], Done]:
    def run(_arguments: dict[str, Any]) -> Done:
        if not answers:
            return Done(text=results.own(_NOTHING))
        text = answers.pop(0) if len(answers) > 1 else answers[0]
        return Done(text=text, ok='"ok": false' not in text[:40])

    return run


def _result(output: str) -> Any:
    try:
        told = json.loads(output)
    except ValueError:
        return output
    return told.get("result", told) if isinstance(told, dict) else told
