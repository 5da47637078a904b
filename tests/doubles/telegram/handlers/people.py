"""Users and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telethon.tl import types
from telethon.tl.functions import contacts, messages, photos, users

from tests.doubles.telegram.faults import RpcFault
from tests.doubles.telegram.tl import Result

from .base import Handlers, answers

if TYPE_CHECKING:
    from tests.doubles.telegram.connection import Connection


class PeopleHandlers(Handlers):
    """Users and groups."""

    @answers(users.GetUsersRequest)
    def get_users(self, connection: Connection, request: Any) -> Result:
        me = connection.account
        found = ((given, self.account_from(me, given)) for given in request.id)
        return [self.show.user(me, account) if account else types.UserEmpty(given.user_id) for given, account in found]

    @answers(photos.GetUserPhotosRequest)
    def get_user_photos(self, connection: Connection, request: Any) -> Result:
        account = self.account_from(connection.account, request.user_id)
        shown = self.files.render(account.portrait, connection.account.home_dc) if account else None
        return types.photos.Photos(photos=[shown.photo] if shown else [], users=[])

    @answers(contacts.ResolveUsernameRequest)
    def resolve_username(self, connection: Connection, request: Any) -> Result:
        me, wanted = connection.account, request.username.lower()
        for account in self.dc.accounts:
            if account.username.lower() == wanted:
                return types.contacts.ResolvedPeer(
                    peer=types.PeerUser(account.id),
                    chats=[],
                    users=[self.show.user(me, account)],
                )
        raise RpcFault(400, "USERNAME_NOT_OCCUPIED")

    @answers(messages.GetChatsRequest)
    def get_chats(self, connection: Connection, request: Any) -> Result:
        me = connection.account
        groups = [self.dc.find_group(group_id) for group_id in request.id]
        return types.messages.Chats([self.show.chat(me, group) for group in groups if group])
