"""The table that says what happens when: every event has a line, and every line leads to code."""

import dataclasses
import importlib
import inspect
from pathlib import Path

from happ_project.core import events
from happ_project.subscriptions import TABLE

ROOT = Path(__file__).parents[2]
ROOMS = ("happ_project", "messengers", "assistants", "integrations", "conversations")


def published_events() -> set[type]:
    """Every dataclass of every room's `events.py`."""
    found = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("events.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if "api" in path.parts or name == "happ_project.core.events":
                continue
            module = importlib.import_module(name)
            found |= {
                each
                for _name, each in inspect.getmembers(module, dataclasses.is_dataclass)
                if each.__module__ == name and isinstance(each, type)
            }
    return found


def test_every_event_has_a_line() -> None:
    assert published_events() == set(TABLE)


def test_every_event_is_frozen() -> None:
    assert [each for each in published_events() if not each.__dataclass_params__.frozen] == []


def test_every_line_leads_to_a_subscriber_that_takes_the_event() -> None:
    for event in TABLE:
        for subscriber in events.subscribers(event):
            (parameter,) = inspect.signature(subscriber).parameters.values()
            assert parameter.annotation in (event, event.__name__)
