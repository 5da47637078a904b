"""What the samples of both messengers have in common: an invented app, a moment, the form of an event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

MS = 1790000000000
AT = datetime.fromtimestamp(MS / 1000, UTC)
SETTINGS = {
    "META_APP_ID": "1000200030004000",
    "META_APP_SECRET": "5ec4e7" * 5 + "," + "01d5ec" * 5,
    "META_VERIFY_TOKEN": "a-token-of-the-samples",
    "INSTAGRAM_APP_ID": "5000600070008000",
    "INSTAGRAM_APP_SECRET": "195ec4" * 5,
}


def late(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def item(sender: str, recipient: str, part: dict[str, Any], *, timestamp: int = MS) -> dict[str, Any]:
    return {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": timestamp, **part}
