"""How far we have come in Telegram's numbering of updates; see https://core.telegram.org/api/updates."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from telethon.tl import types


@dataclass(slots=True)
class ChannelState:
    pts: int
    last: int = 0  # the highest message number seen


@dataclass(slots=True)
class State:
    """`date` is Telegram's clock in Unix seconds; `since`: when we began to listen; `last`: the highest message number
    of private chats and basic groups; `channels` by marked id."""

    pts: int
    qts: int
    date: int
    since: int
    seq: int = 0
    last: int = 0
    channels: dict[int, ChannelState] = field(default_factory=dict)

    @classmethod
    def begin(cls, told: types.updates.State) -> Self:
        date = unix(told.date)
        return cls(pts=told.pts, qts=told.qts, date=date, since=date, seq=told.seq)

    @classmethod
    def load(cls, data: dict[str, Any]) -> Self:
        channels = {int(key): ChannelState(*value) for key, value in (data.get("channels") or {}).items()}
        return cls(**{**data, "channels": channels})

    def dump(self) -> dict[str, Any]:
        channels = {str(key): [value.pts, value.last] for key, value in self.channels.items()}
        numbers = {name: getattr(self, name) for name in ("pts", "qts", "date", "since", "seq", "last")}
        return {**numbers, "channels": channels}

    def follow(self, told: types.updates.State) -> None:
        self.pts, self.qts, self.date, self.seq = told.pts, told.qts, unix(told.date), told.seq

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.date, UTC)


def unix(moment: datetime | None) -> int:
    return int(moment.timestamp()) if moment else 0
