"""Servers that speak OpenAI's wire: whose an address is, under which name use is written down, and what they answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from urllib.parse import urlsplit

NAME = "openai"
OFFICIAL_URL = "https://api.openai.com/v1"
NO_QUOTA = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
"""Codes of errors that no waiting mends."""
_LONGEST_PROVIDER = 40
_LONGEST_WAIT = 24 * 3600.0
_WAITS = (("retry-after-ms", 0.001), ("retry-after", 1.0))


def address(base_url: str) -> str:
    """Without a slash at its end; OpenAI's own where none is given."""
    return (base_url or OFFICIAL_URL).rstrip("/")


def host(base_url: str) -> str:
    return urlsplit(address(base_url)).hostname or ""


def is_official(base_url: str) -> bool:
    return host(base_url) == host(OFFICIAL_URL)


def provider(base_url: str) -> str:
    """Under which name use is written down and prices are kept: OpenAI's, or the other server's host."""
    return NAME if is_official(base_url) else host(base_url)[:_LONGEST_PROVIDER]


def is_busy(status: int) -> bool:
    """Whether the same request may go well later."""
    return status in {408, 409, 429} or status >= 500


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the server asks us to wait, a day at most; a date or nonsense is nothing said. Names of any case."""
    for name, unit in _WAITS:
        try:
            seconds = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        if math.isfinite(seconds):
            return min(max(seconds, 0.0), _LONGEST_WAIT)
    return None
