"""Who exists and what each account's mailbox holds. No TL, no network here.

Telegram numbers the messages of private chats and basic groups per account: one
message has a different id in each participant's mailbox. So a :class:`Message` is
what was said, and a :class:`Copy` is its place in one mailbox.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .tl import utcnow

if TYPE_CHECKING:
    from telethon.tl.tlobject import TLObject

    from .connection import Connection
    from .files import StoredFile
    from .two_step import TwoStepPassword

SERVICE_ACCOUNT_ID = 777000
"""Telegram's own account; it sends the login codes to logged-in devices."""


@dataclass(eq=False)
class Account:
    """A Telegram user."""

    id: int
    phone: str
    first_name: str
    username: str
    home_dc: int
    password: TwoStepPassword | None = None
    banned: bool = False
    is_bot: bool = False
    portrait: StoredFile | None = None
    contacts: set[Account] = field(default_factory=set)
    connections: set[Connection] = field(default_factory=set)
    mailbox: Mailbox = field(init=False)

    def __post_init__(self) -> None:
        self.mailbox = Mailbox(self)


@dataclass(eq=False)
class Group:
    """A basic group ("chat" in TL), not a supergroup."""

    id: int
    title: str
    creator: Account
    members: list[Account]
    date: datetime.datetime = field(default_factory=utcnow)


@dataclass(eq=False)
class Channel:
    """A supergroup, or with ``broadcast`` a channel: one numbering and one ``pts`` for all its members."""

    id: int
    title: str
    creator: Account
    members: list[Account]
    broadcast: bool = False
    migrated_from: Group | None = None
    pts: int = 1
    log: list[LoggedUpdate] = field(default_factory=list)
    posts: dict[int, Copy] = field(default_factory=dict)
    read_outbox: dict[Account, int] = field(default_factory=dict)
    touched: datetime.datetime = field(default_factory=utcnow)
    date: datetime.datetime = field(default_factory=utcnow)


Chat = Account | Group | Channel


@dataclass(eq=False)
class Message:
    """What was said; shared by all its copies."""

    sender: Account
    text: str
    media: StoredFile | TLObject | None = None
    entities: list[TLObject] | None = None
    reply_to: Message | None = None
    grouped_id: int | None = None
    action: TLObject | None = None  # a service message says what was done
    is_unshown_edit: bool = False  # changed, but clients do not say "edited"
    date: datetime.datetime = field(default_factory=utcnow)
    edit_date: datetime.datetime | None = None
    copies: dict[Account, Copy] = field(default_factory=dict)


@dataclass(eq=False)
class Copy:
    """A message as it stands in one account's mailbox; in a channel the one copy that all members see."""

    id: int
    owner: Account
    chat: Chat
    message: Message
    pts: int

    def is_outgoing_for(self, viewer: Account) -> bool:
        return self.message.sender is viewer and self.chat is not viewer

    @property
    def is_outgoing(self) -> bool:
        return self.is_outgoing_for(self.owner)

    @property
    def concerned(self) -> set[Chat]:
        """The users and the group that a client must know to show this copy."""
        members = self.chat.members if isinstance(self.chat, Group) else []
        return {self.owner, self.message.sender, self.chat, *members}


@dataclass(eq=False)
class LoggedUpdate:
    """An update with a ``pts``: what ``updates.getDifference`` replays."""

    pts: int
    render: Callable[[Account], TLObject]
    new_copy: Copy | None = None


class Mailbox:
    """Copies, update log and read marks of one account."""

    def __init__(self, owner: Account) -> None:
        self.owner = owner
        self.pts = 1
        self.log: list[LoggedUpdate] = []
        self.copies: dict[int, Copy] = {}
        self.read_inbox: dict[Chat, int] = {}
        self.read_outbox: dict[Chat, int] = {}
        self.sent: dict[int, Copy] = {}  # random_id -> copy
        # A different start for each account, so that a test notices when code
        # mixes up two accounts' message ids.
        self._next_id = owner.id % 1000 * 100 + 1

    def put(self, message: Message, chat: Chat) -> Copy:
        self.pts += 1
        copy = Copy(self._next_id, self.owner, chat, message, self.pts)
        self._next_id += 1
        self.copies[copy.id] = copy
        message.copies[self.owner] = copy
        return copy

    def remove(self, copy: Copy) -> None:
        self.copies.pop(copy.id, None)
        copy.message.copies.pop(self.owner, None)

    def history(self, chat: Chat) -> list[Copy]:
        """The chat's copies, newest first."""
        found = [copy for copy in self.copies.values() if copy.chat is chat]
        return sorted(found, key=lambda copy: copy.id, reverse=True)

    def unread(self, chat: Chat) -> list[Copy]:
        mark = self.read_inbox.get(chat, 0)
        return [copy for copy in self.history(chat) if copy.id > mark and not copy.is_outgoing]

    def chats(self) -> list[Chat]:
        """Chats with messages, the most recent first."""
        newest: dict[Chat, Any] = {}
        for copy in self.copies.values():
            newest[copy.chat] = max(newest.get(copy.chat, 0), copy.id)
        return sorted(newest, key=newest.__getitem__, reverse=True)
