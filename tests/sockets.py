"""A WebSocket to the product's own routing, without a web server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import sync_to_async
from channels.layers import channel_layers
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.db import connections

from happ_project import urls

_ROUTES = URLRouter(urls.websocket_urlpatterns)


@asynccontextmanager
async def socket_at(
    path: str, *, user: Any = None, headers: Iterable[tuple[bytes, bytes]] = ()
) -> AsyncIterator[WebsocketCommunicator]:
    """A socket that is left in order, and with it the database connection of the thread it used."""

    async def with_user(scope: Any, receive: Any, send: Any) -> None:
        await _ROUTES({**scope, "user": user}, receive, send)

    # the layer keeps locks of its loop; each test has another loop
    channel_layers.backends.clear()
    socket = WebsocketCommunicator(with_user, path, headers=list(headers))
    try:
        yield socket
    finally:
        await socket.disconnect()
        await sync_to_async(connections.close_all)()
