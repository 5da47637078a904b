"""What all handlers share: the table of methods, and the way from a request to the world.

To add a method: write a handler in the class it belongs to and mark it with
``@answers(functions.<namespace>.<Method>Request)``. It returns a TL object or raises ``RpcFault``; the texts are
those listed in Telethon's ``errors/rpcerrorlist.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from telethon.tl import types
from telethon.tl.tlobject import TLObject, TLRequest

from tests.doubles.telegram.faults import RpcFault
from tests.doubles.telegram.tl import Result
from tests.doubles.telegram.world import Account, Channel, Chat, Copy

if TYPE_CHECKING:
    from tests.doubles.telegram.connection import Connection
    from tests.doubles.telegram.data_centre import FakeDataCentre

Handler = Callable[["Connection", Any], Result]
Method = TypeVar("Method", bound=Callable[..., Any])


def answers(*request_types: type[TLRequest]) -> Callable[[Method], Method]:
    """Mark a method as the handler of these requests."""

    def mark(method: Method) -> Method:
        method.request_types = request_types  # type: ignore[attr-defined]
        return method

    return mark


class Handlers:
    """Base class; ``table`` finds the marked methods."""

    def __init__(self, data_centre: FakeDataCentre) -> None:
        self.dc = data_centre
        self.post = data_centre.post
        self.show = data_centre.post.show
        self.files = data_centre.files

    def table(self) -> dict[type[TLRequest], Handler]:
        members = (getattr(self, name) for name in dir(type(self)))
        return {request_type: member for member in members for request_type in getattr(member, "request_types", ())}

    # --- from request to world -------------------------------------------------

    def account_from(self, me: Account, given: TLObject) -> Account | None:
        """The account of an ``InputUser`` or ``InputPeerUser``, if ``me`` may know it.

        As on the real server the access hash must be the one issued to ``me``;
        hash 0 works for contacts only.
        """
        if isinstance(given, (types.InputUserSelf, types.InputPeerSelf)):
            return me
        target = self.dc.find_account(getattr(given, "user_id", 0))
        if target is None:
            return None
        is_known = target is me or target in me.contacts
        if is_known and not given.access_hash:
            return target
        expected = self.show.access_hash(me, target)
        return target if given.access_hash == expected else None

    def chat_from(self, me: Account, given: TLObject) -> Chat:
        if isinstance(given, types.InputPeerChat):
            group = self.dc.find_group(given.chat_id)
            if group is None or me not in group.members:
                raise RpcFault(400, "PEER_ID_INVALID")
            return group
        if isinstance(given, types.InputPeerChannel):
            return self.channel_from(me, given)
        account = self.account_from(me, given)
        if account is None:
            raise RpcFault(400, "PEER_ID_INVALID")
        return account

    def channel_from(self, me: Account, given: TLObject) -> Channel:
        channel = self.dc.find_channel(given.channel_id)
        if channel is None or given.access_hash != self.show.access_hash(me, channel):
            raise RpcFault(400, "CHANNEL_INVALID")
        if me not in channel.members:
            raise RpcFault(400, "CHANNEL_PRIVATE")
        return channel

    def copy_from(self, me: Account, message_id: int, peer: TLObject | None = None) -> Copy:
        chat = self.channel_from(me, peer) if isinstance(peer, types.InputPeerChannel) else None
        copy = (chat.posts if chat else me.mailbox.copies).get(message_id)
        if copy is None:
            raise RpcFault(400, "MESSAGE_ID_INVALID")
        return copy

    def copies_result(self, me: Account, copies: Iterable[Copy]) -> dict[str, Any]:
        """The fields that all lists of messages have in common."""
        copies = list(copies)
        concerned = {item for copy in copies for item in copy.concerned}
        return {
            "messages": [self.show.message(copy, me) for copy in copies],
            **self.show.users_and_chats(me, concerned),
        }
