"""Live updates: hints for the dashboard's pages, whole events for a company's own programs."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from happ_project.companies.selectors import memberships
from happ_project.companies.services import access_tokens
from happ_project.core import realtime, tenancy
from integrations import selectors as switchboard
from integrations import types


class _CompanySocket(AsyncWebsocketConsumer):
    """A socket that hears the events of one company."""

    company_id: UUID

    async def join(self, company_id: UUID) -> None:
        self.company_id = company_id
        await self.accept()
        await self.channel_layer.group_add(realtime.company_topic(company_id), self.channel_name)

    async def disconnect(self, code: int) -> None:
        if hasattr(self, "company_id"):
            await self.channel_layer.group_discard(realtime.company_topic(self.company_id), self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Anything from the other side is a sign of life, answered with the cursor of now: a gap shows there."""
        # joining again repairs a membership that a restarted Redis has forgotten
        await self.channel_layer.group_add(realtime.company_topic(self.company_id), self.channel_name)
        await self.say({"type": "pong", "cursor": await self.cursor()})

    async def cursor(self) -> int:
        return await database_sync_to_async(self._cursor)()

    def _cursor(self) -> int:
        with tenancy.company_scope(self.company_id):
            return switchboard.latest_event_id()

    async def say(self, payload: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(payload))


class DashboardConsumer(_CompanySocket):
    """`/ws/dashboard/`: tells the pages of a signed-in person what to fetch again."""

    async def connect(self) -> None:
        user = self.scope.get("user")
        if not (user and user.is_authenticated and self._same_origin()):
            await self.close(code=4403)
            return
        membership = await database_sync_to_async(memberships.current)(user)
        if membership is None or not membership.company.is_open:
            await self.close(code=4403)
            return
        await self.join(membership.company_id)
        await self.say({"type": "ready", "cursor": await self.cursor()})

    def _same_origin(self) -> bool:
        headers = dict(self.scope["headers"])
        origin = urlsplit(headers.get(b"origin", b"").decode("latin-1")).netloc
        own = {headers.get(b"host", b"").decode("latin-1"), urlsplit(settings.PUBLIC_URL).netloc}
        return origin in own

    async def pushed(self, message: dict[str, Any]) -> None:
        event = message["payload"]
        if event["type"] == "CHAT_TYPING":
            await self.say({"type": "chat.typing", "chatId": event["chatId"], "on": event["data"]["on"]})
        elif event["type"] == types.INTEGRATION_CHANGED:
            await self.say({"type": "integration.changed", "id": event["id"]})
        elif event.get("chatId"):
            await self.say({"type": "chat.changed", "chatId": event["chatId"], "id": event["id"]})


class EventsConsumer(_CompanySocket):
    """`/ws/events/`: whole events for programs; `X-Access-Token` header, or `?access_token=` where none can be set."""

    async def connect(self) -> None:
        headers = dict(self.scope["headers"])
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        plain = headers.get(b"x-access-token", b"").decode("latin-1") or query.get("access_token", [""])[0]
        token = await database_sync_to_async(access_tokens.recognise)(plain)
        if token is None or not token.company.is_open:
            await self.close(code=4403)
            return
        await self.join(token.company_id)
        await self.say({"type": "READY", "cursor": await self.cursor()})

    async def pushed(self, message: dict[str, Any]) -> None:
        await self.say(message["payload"])
