"""Careful hands for JSON from elsewhere: a value of the wrong type is said so, never stumbled over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


class Malformed(Exception):
    """This entry cannot be understood; its neighbours may be."""


def mapping(value: Any, *, default: dict[str, Any] | None = None) -> dict[str, Any]:
    """The value if it is an object; otherwise the default, or Malformed without one."""
    if isinstance(value, dict):
        return value
    if default is None:
        raise Malformed("an object was expected")
    return default


def text_of(value: Any) -> str:
    """A string or a number as text, everything else as ''; without what PostgreSQL cannot store."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def number_of(value: Any) -> float | None:
    try:
        return float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    except ValueError:
        return None


def moment_of(value: Any) -> datetime | None:
    """Seconds or milliseconds, as a number, as digits, or as the two halves of a 64-bit number."""
    if isinstance(value, dict):
        value = value.get("low")
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else 0.0
        moment = datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if 2000 < moment.year < 2200 else None
