"""Live updates: hints for the dashboard's pages, whole events for a company's own programs."""

import json
from abc import abstractmethod
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings

from happ_project.companies.models import User
from happ_project.companies.selectors import memberships
from happ_project.companies.services import access_tokens
from happ_project.core import clock, realtime, sockets, tenancy
from integrations import selectors as switchboard
from integrations import types

_LOOKED_UP_EVERY = 60.0


class _CompanySocket(sockets.GuardedSocket):
    """A socket that hears the events of one company, as long as whoever opened it may."""

    company_id: UUID
    greeting = "ready"
    _looked_at = 0.0

    @abstractmethod
    def caller(self) -> UUID | None:
        """The company that whoever is at the other end may hear; None if there is none. Runs in a thread."""

    def is_welcome(self) -> bool:
        company_id = self.caller()
        if company_id is not None:
            self.company_id, self._looked_at = company_id, clock.monotonic()
        return company_id is not None

    async def connect(self) -> None:
        await self.accept()
        await self.channel_layer.group_add(realtime.company_topic(self.company_id), self.channel_name)
        await self.say({"type": self.greeting, "cursor": await self.cursor()})

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(realtime.company_topic(self.company_id), self.channel_name)

    async def may_stay(self) -> bool:
        """A socket outlives a membership and a token: it is looked up again each minute that something happens."""
        if clock.monotonic() - self._looked_at < _LOOKED_UP_EVERY:
            return True
        self._looked_at = clock.monotonic()
        if await database_sync_to_async(self.caller)() == self.company_id:
            return True
        await self.close(code=sockets.REFUSED)
        return False

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Anything from the other side is a sign of life, answered with the cursor of now: a gap shows there."""
        if not await self.may_stay():
            return
        # joining again repairs a membership that a restarted Redis has forgotten
        await self.channel_layer.group_add(realtime.company_topic(self.company_id), self.channel_name)
        await self.say({"type": "pong", "cursor": await self.cursor()})

    async def pushed(self, message: dict[str, Any]) -> None:
        """A push to the company's topic (`core.realtime`)."""
        if await self.may_stay():
            await self.tell(message["payload"])

    @abstractmethod
    async def tell(self, event: dict[str, Any]) -> None:
        """Say what the other end is to hear of an event."""

    async def cursor(self) -> int:
        return await database_sync_to_async(self._cursor)()

    def _cursor(self) -> int:
        with tenancy.company_scope(self.company_id):
            return switchboard.latest_event_id()

    async def say(self, payload: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(payload))


class DashboardConsumer(_CompanySocket):
    """`/ws/dashboard/`: tells the pages of a signed-in person what to fetch again."""

    def caller(self) -> UUID | None:
        user = self.scope.get("user")
        if not (user and user.is_authenticated and self._same_origin()):
            return None
        person = User.objects.filter(pk=user.pk, is_active=True).first()
        membership = memberships.current(person) if person else None
        return membership.company_id if membership and membership.company.is_open else None

    def _same_origin(self) -> bool:
        headers = dict(self.scope["headers"])
        origin = urlsplit(headers.get(b"origin", b"").decode("latin-1")).netloc
        own = {headers.get(b"host", b"").decode("latin-1"), urlsplit(settings.PUBLIC_URL).netloc}
        return origin in own

    async def tell(self, event: dict[str, Any]) -> None:
        if event["type"] == "CHAT_TYPING":
            await self.say({"type": "chat.typing", "chatId": event["chatId"], "on": event["data"]["on"]})
        elif event["type"] == types.INTEGRATION_CHANGED:
            await self.say({"type": "integration.changed", "id": event["id"]})
        elif event["type"] in {types.KNOWLEDGE_CHANGED, types.KNOWLEDGE_PROGRESS}:
            about = {"assistantId": event["data"]["assistantId"], "id": event.get("id")}
            await self.say({"type": "knowledge.changed", **about})
        elif event["type"] == types.MESSAGE_SENDING:
            await self.say({"type": "message.sending", "chatId": event["chatId"]})
        elif event.get("chatId"):
            await self.say({"type": "chat.changed", "chatId": event["chatId"], "id": event["id"]})


class EventsConsumer(_CompanySocket):
    """`/ws/events/`: whole events for programs; `X-Access-Token` header, or `?access_token=` where none can be set."""

    greeting = "READY"

    def caller(self) -> UUID | None:
        headers = dict(self.scope["headers"])
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        plain = headers.get(b"x-access-token", b"").decode("latin-1") or query.get("access_token", [""])[0]
        token = access_tokens.recognise(plain)
        return token.company_id if token and token.company.is_open else None

    async def tell(self, event: dict[str, Any]) -> None:
        await self.say(event)
