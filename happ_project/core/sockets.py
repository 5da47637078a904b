"""WebSockets whose caller is looked at first."""

from abc import ABC, abstractmethod
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

REFUSED = 4403


class GuardedSocket(AsyncWebsocketConsumer, ABC):
    """A socket that strangers do not open: they are refused before it costs a connection to Redis.

    Joining the channel layer and leaving it in the same moment also hangs, while that connection is being made.
    """

    @abstractmethod
    def is_welcome(self) -> bool:
        """Whether whoever is at the other end (`self.scope`) may open it. Runs in a thread."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        if not await database_sync_to_async(self.is_welcome)():
            await send({"type": "websocket.close", "code": REFUSED})
            return
        await super().__call__(scope, receive, send)
