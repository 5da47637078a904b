"""What an assistant knows of the customer, and may note: two tools on the record of the chat."""

from __future__ import annotations

import re
from typing import Any

from assistants.llm.model import Tool
from assistants.tools import results
from assistants.tools.toolbox import Ability, Done
from assistants.types import Scene

READ, WRITE = "getContact", "saveContact"
_LONGEST = 500
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def abilities(scene: Scene) -> list[Ability]:
    """Reading, if the company has fields; writing, if the assistant may note one of them."""
    if not scene.record:
        return []
    made = [Ability(tool=_READ, run=lambda arguments: Done(text=results.quoted(known(scene))))]
    writable = [note for note in scene.record if note.may_write]
    if writable:
        properties = {
            note.name: {"type": "string", "maxLength": _LONGEST, "description": note.description or note.name}
            for note in writable
        }
        schema = {"type": "object", "properties": properties, "additionalProperties": False, "minProperties": 1}
        tool = Tool(**_WRITE, parameters=schema, strict=False)
        made.append(Ability(tool=tool, run=lambda told: _save(scene, told), acts=True))
    return made


def known(scene: Scene) -> dict[str, str]:
    """What is known of the customer by now, this turn's notes included."""
    return {note.name: value for note in scene.record if (value := scene.noted.get(note.name, note.value))}


_READ = Tool(
    name=READ,
    description="What the company knows of this customer: name, phone and whatever else was noted.",
    parameters={"type": "object", "properties": {}, "required": [], "additionalProperties": False},
)
_WRITE: dict[str, Any] = {
    "name": WRITE,
    "description": (
        "Note what the customer told about themselves, as they said it; only what they said, and only the fields that "
        "changed. The colleagues read it."
    ),
}


def _save(scene: Scene, told: dict[str, Any]) -> Done:
    address = told.get("email", "").strip()
    if address and not _EMAIL.fullmatch(address):
        return Done(text=results.failure(f"{address[:80]!r} is no e-mail address: ask the customer again"), ok=False)
    scene.noted |= {name: value.strip() for name, value in told.items() if value.strip()}
    return Done(text=results.quoted(known(scene)))
