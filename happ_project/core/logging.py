"""Log lines for people: time, level, where, what; credentials that slip in are masked."""

import logging
import re

_SECRETS = re.compile(
    r"(?i)(bearer\s+|token[\"'=:\s]+|api[_-]?key[\"'=:\s]+|secret[\"'=:\s]+|password[\"'=:\s]+|happ_(?!project))[^\s\"',;&]{6,}"
)


class Line(logging.Formatter):
    """`12:30:05 WARNING messengers.services.inbox  text`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s  %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


def mask(text: str) -> str:
    """Replace what looks like a credential by a mark."""
    return _SECRETS.sub(lambda found: f"{found.group(1)}•••", text)
