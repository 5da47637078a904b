"""Business hours as people write them ("Mon-Fri 9:00-18:00"), and what the clock says about them."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from happ_project.core import clock

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = {
    **{name: number for number, name in enumerate(_DAYS)},
    **{name: number for number, name in enumerate(("пн", "вт", "ср", "чт", "пт", "сб", "нд"))},
}
_LINE = re.compile(
    r"^\s*(?P<days>[^\W\d_]{2,9}(?:\s*[-–,]\s*[^\W\d_]{2,9})*)\.?:?\s+"
    r"(?P<from>\d{1,2}(?::\d{2})?)\s*[-–]\s*(?P<until>\d{1,2}(?::\d{2})?)\s*$"
)


class Unreadable(ValueError):
    """A line that is no business hours; the text is the line."""


def read(text: str) -> list[tuple[int, time, time]]:
    """(weekday from Monday = 0, opens, closes) for each line such as "Mon-Fri 9:00-18:00". Raises `Unreadable`."""
    found = []
    for line in filter(str.strip, text.splitlines()):
        match = _LINE.match(line)
        if not match:
            raise Unreadable(line.strip())
        try:
            opens, closes = _time(match["from"]), _time(match["until"])
            days = [day for part in match["days"].split(",") for day in _days(part)]
        except (KeyError, ValueError):
            raise Unreadable(line.strip()) from None
        if opens >= closes:
            raise Unreadable(line.strip())
        found += [(day, opens, closes) for day in days]
    return sorted(found)


def now(timezone: str, business_hours: str) -> dict[str, Any]:
    """What a model is told of the present moment, in the company's zone."""
    here = local(clock.now(), timezone)
    told: dict[str, Any] = {
        "now": here.strftime("%Y-%m-%d %H:%M"),
        "weekday": here.strftime("%A"),
        "timezone": timezone,
    }
    if business_hours.strip():
        told["businessHours"] = business_hours.strip()
        told["open"] = is_open(here, business_hours)
    return told


def local(moment: datetime, timezone: str) -> datetime:
    """The moment by the clocks there; UTC for a zone that nobody knows."""
    return moment.astimezone(_zone(timezone))


def is_open(here: datetime, business_hours: str) -> bool | None:
    """None when the hours cannot be read."""
    try:
        lines = read(business_hours)
    except Unreadable:
        return None
    return any(day == here.weekday() and opens <= here.time() < closes for day, opens, closes in lines)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _time(text: str) -> time:
    hour, _, minute = text.partition(":")
    return time(23, 59, 59) if int(hour) == 24 else time(int(hour), int(minute or 0))


def _days(text: str) -> list[int]:
    first, _, last = re.sub(r"\s*[-–]\s*", "-", text.strip().lower()).partition("-")
    start = _NAMES[first[:3] if first[:3] in _NAMES else first[:2]]
    if not last:
        return [start]
    end = _NAMES[last[:3] if last[:3] in _NAMES else last[:2]]
    return [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]
