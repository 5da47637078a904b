"""How a lower room tells the house its news, without knowing who listens.

A room publishes a frozen dataclass; `happ_project/subscriptions.py` is the one table that says who hears it.
Subscribers run at once, in the caller's transaction; they write rows or register `on_commit`, and never wait for
the network.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

_table: Mapping[type, Sequence[str]] = {}


def install(table: Mapping[type, Sequence[str]]) -> None:
    """Called once, when the apps are ready: event class → dotted paths of its subscribers."""
    global _table
    _table = table


def subscribers(event_type: type) -> list[Callable[[Any], None]]:
    return [_load(path) for path in _table[event_type]]


def publish(event: Any) -> None:
    """Tell every subscriber of the event's class; raises `KeyError` for an event without a line in the table."""
    for subscriber in subscribers(type(event)):
        subscriber(event)


def _load(path: str) -> Callable[[Any], None]:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)
