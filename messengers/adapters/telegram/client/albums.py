"""Telegram sends an album as several messages with one group number; for us it is one message with several files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from messengers.adapters.telegram.client.reading import merged
from messengers.types import MessageReceived

_COMPLETE_AFTER = 1.0  # seconds since its last part


@dataclass(slots=True)
class _Open:
    parts: list[MessageReceived]
    due: float


class Albums:
    """Holds parts back until the album is complete: nothing says so but that no more come."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], _Open] = {}

    def __len__(self) -> int:
        return len(self._open)

    def pass_on(self, event: Any, *, now: float) -> list[Any]:
        """What goes on now: the event itself, unless it is a part; before it, an album that it ends."""
        group = event.raw.get("group") if isinstance(event, MessageReceived) else None
        key = (event.chat_id, group) if isinstance(event, MessageReceived) and group else None
        ended = [other for other in self._open if key != other and other[0] == event.chat_id] if self._open else []
        gone: list[Any] = [self._close(other) for other in ended]
        if key is None:
            return [*gone, event]
        album = self._open.setdefault(key, _Open([], 0.0))
        if all(part.message_id != event.message_id for part in album.parts):
            album.parts.append(event)
        album.due = now + _COMPLETE_AFTER
        return gone

    @property
    def next_due(self) -> float | None:
        return min((album.due for album in self._open.values()), default=None)

    def complete(self, now: float | None = None) -> list[Any]:
        """The albums that are complete by now; all of them without a time."""
        due = [key for key, album in self._open.items() if now is None or album.due <= now]
        return [self._close(key) for key in due]

    def _close(self, key: tuple[str, int]) -> MessageReceived:
        return merged(self._open.pop(key).parts)
