"""How chats and messages are called outside: Telegram's "marked" ids, as its Bot API writes them.

A person is `42`, a basic group `-42`, a supergroup `-1000000000042`. Messages of people and basic groups are numbered
per account, those of supergroups per group, so theirs carry the group: `-1000000000042/7`.
"""

from __future__ import annotations

from telethon.tl import types
from telethon.tl.tlobject import TLObject

_CHANNEL = 10**12


def mark(peer: TLObject) -> int:
    if isinstance(peer, types.PeerUser | types.InputPeerUser):
        return int(peer.user_id)
    if isinstance(peer, types.PeerChat):
        return -int(peer.chat_id)
    if isinstance(peer, types.PeerChannel):
        return mark_channel(peer.channel_id)
    raise ValueError(f"a peer of an unknown kind: {type(peer).__name__}")


def mark_channel(channel_id: int) -> int:
    return -(_CHANNEL + channel_id)


def is_channel(marked: int) -> bool:
    return marked < -_CHANNEL


def channel_of(marked: int) -> int:
    return -marked - _CHANNEL


def message_id(marked: int, number: int) -> str:
    return f"{marked}/{number}" if is_channel(marked) else str(number)


def number_of(message: str) -> int:
    """The number inside its chat; ValueError for an id that is none of ours."""
    return int(message.rpartition("/")[2])
