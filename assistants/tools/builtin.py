"""The abilities that every assistant with a language model has: looking things up, and knowing what time it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from assistants.llm.model import HANDOFF, Search, Tool
from assistants.tools import contact, hours, results
from assistants.tools.toolbox import Ability, Done
from assistants.types import Passage

KNOWLEDGE = "searchKnowledge"
TIME = "getCurrentTime"
NAMES = (HANDOFF, KNOWLEDGE, TIME, contact.READ, contact.WRITE)
"""What a tool of the type `system` may be called: its description then replaces ours."""

_MOST_PASSAGES = 6

_KNOWLEDGE = Tool(
    name=KNOWLEDGE,
    description=(
        "Search the company's knowledge in other words than the customer's, or for a second question. "
        "What was found for the customer's own words is in the instructions already."
    ),
    parameters={
        "type": "object",
        "properties": {"query": {"type": "string", "description": "A short question, in the customer's language."}},
        "required": ["query"],
        "additionalProperties": False,
    },
)
_TIME = Tool(
    name=TIME,
    description="The current date, weekday and time where the company is, its business hours, and if it is open now.",
    parameters={"type": "object", "properties": {}, "required": [], "additionalProperties": False},
)


def abilities(search: Search, *, timezone: str, business_hours: str, descriptions: Mapping[str, str]) -> list[Ability]:
    """`descriptions` replace ours, by the tool's name."""

    def look_up(arguments: dict[str, Any]) -> Done:
        found = search(arguments["query"])[:_MOST_PASSAGES]
        told = [{"title": passage.title, "text": passage.text} for passage in found]
        return Done(text=results.quoted(told), outside=pages(found))

    def tell_time(arguments: dict[str, Any]) -> Done:
        return Done(text=results.own(hours.now(timezone, business_hours)))

    made = (Ability(tool=_KNOWLEDGE, run=look_up), Ability(tool=_TIME, run=tell_time))
    return [replace(each, tool=described(each.tool, descriptions)) for each in made]


def pages(passages: Iterable[Passage]) -> tuple[str, ...]:
    """Names of the web pages among the passages' documents."""
    return tuple(dict.fromkeys(each.document or each.title for each in passages if each.is_page))


def described(tool: Tool, descriptions: Mapping[str, str]) -> Tool:
    return replace(tool, description=descriptions.get(tool.name) or tool.description)
