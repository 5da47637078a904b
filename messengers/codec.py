"""Frozen dataclasses to JSON and back, exactly."""

from __future__ import annotations

import types
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints


def to_json(value: Any) -> Any:
    """A dataclass (nested, with tuples, mappings and times) as what JSON knows."""
    if is_dataclass(value):
        return {item.name: to_json(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def from_json(value: Any, hint: Any) -> Any:
    """The value back, by its type hint. KeyError names what is missing."""
    if get_origin(hint) in (Union, types.UnionType):
        if value is None:
            return None
        hint = next(arg for arg in get_args(hint) if arg is not types.NoneType)
    if get_origin(hint) is tuple:
        return tuple(from_json(item, get_args(hint)[0]) for item in value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    if is_dataclass(hint) and isinstance(hint, type):
        hints = _hints(hint)
        known = {item.name: item for item in fields(hint)}
        required = [name for name, item in known.items() if item.default is item.default_factory is MISSING]
        if missing := [name for name in required if name not in value]:
            raise KeyError(f"{hint.__name__} without {', '.join(missing)}")
        return hint(**{name: from_json(value[name], hints[name]) for name in known if name in value})
    return value
