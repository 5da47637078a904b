"""The only source of time, so that tests can move it."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds on a clock that never goes back: for measuring how long something took."""
    return time.monotonic()
