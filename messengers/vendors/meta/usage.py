"""How much of its allowance an app has used, from the headers of each answer, and how long to be silent for it.

https://developers.facebook.com/docs/graph-api/overview/rate-limiting: slow down at 80 percent, stop at 100.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from messengers.reading import duration_of, json_object

_SLOW, _FULL = 80.0, 100.0
_A_LITTLE = 2.0
_UNKNOWN = 300.0  # at the limit, without word of when it ends
_LONGEST = 24 * 3600.0


def pause(headers: Mapping[str, str]) -> float:
    """Seconds until the next call is welcome."""
    pauses = [0.0]
    for used in _rows(headers):
        percent = max(duration_of(used.get(name)) or 0.0 for name in ("call_count", "total_time", "total_cputime"))
        minutes = duration_of(used.get("estimated_time_to_regain_access")) or 0.0
        if percent >= _FULL or minutes:
            pauses.append(minutes * 60 or _UNKNOWN)
        elif percent >= _SLOW:
            pauses.append(_A_LITTLE)
    return min(max(pauses), _LONGEST)


def _rows(headers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    found = _read(headers.get("X-App-Usage"))
    if found:
        yield found
    for rows in _read(headers.get("X-Business-Use-Case-Usage")).values():
        yield from (row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()


def _read(header: str | None) -> dict[str, Any]:
    return json_object((header or "").encode()) or {}
