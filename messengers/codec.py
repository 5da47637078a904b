"""Frozen dataclasses to JSON and back, exactly."""

from __future__ import annotations

import types
from collections.abc import Callable
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


def from_json(value: Any, hint: Any) -> Any:
    """The value back, by its type hint. KeyError names what is missing."""
    return _reader(hint)(value)


@cache
def _reader(hint: Any) -> Callable[[Any], Any]:
    """What reads values of a type; made once, because every message that arrives is read several times."""
    if get_origin(hint) in (Union, types.UnionType):
        inner = _reader(next(arg for arg in get_args(hint) if arg is not types.NoneType))
        return lambda value: None if value is None else inner(value)
    if get_origin(hint) is tuple:
        item = _reader(get_args(hint)[0])
        return lambda value: tuple(item(each) for each in value)
    if hint is datetime:
        return datetime.fromisoformat
    if is_dataclass(hint) and isinstance(hint, type):
        return _reader_of(hint)
    return _as_it_is


def _reader_of(kind: type) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    readers = {item.name: _reader(hints[item.name]) for item in fields(kind)}
    required = [item.name for item in fields(kind) if item.default is item.default_factory is MISSING]

    def read(value: Any) -> Any:
        if missing := [name for name in required if name not in value]:
            raise KeyError(f"{kind.__name__} without {', '.join(missing)}")
        return kind(**{name: reader(value[name]) for name, reader in readers.items() if name in value})

    return read


def _as_it_is(value: Any) -> Any:
    return value
