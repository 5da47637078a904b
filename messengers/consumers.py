"""The website visitor's socket: messages in, messages and "is writing" out."""

import asyncio
import json
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.utils.translation import gettext as _

from happ_project.core import clock, realtime, sockets, tenancy
from happ_project.files import services as files
from messengers import types
from messengers.models import Address
from messengers.services import directory, inbox, visitors
from messengers.webhooks.widget import allowed_origin

_HELLO_WITHIN = 10
_SILENCE = 90
_MESSAGES, _REPORTS = 30, 120  # frames of a sort that a visitor may send in a minute


def _clean(text: Any) -> str:
    """As text that a database can store: without NUL and halves of characters."""
    return str(text or "").replace("\x00", "").encode("utf-8", "ignore").decode()


def _is_uuid(value: Any) -> bool:
    try:
        return bool(UUID(value))
    except (ValueError, TypeError, AttributeError):
        return False


class _Budget:
    """So many of something in a minute."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._spent: list[float] = []

    def spend(self) -> bool:
        """Whether there was one left."""
        now = clock.monotonic()
        self._spent = [moment for moment in self._spent if now - moment < 60]
        if len(self._spent) >= self._most:
            return False
        self._spent.append(now)
        return True


class VisitorConsumer(sockets.GuardedSocket):
    """One open page of one visitor. The first frame must prove who it is."""

    address: Address
    visitor: visitors.Visitor | None = None
    topic = ""

    def is_welcome(self) -> bool:
        found = directory.by_external_id("widget", self.scope["url_route"]["kwargs"]["channel"])
        origin = dict(self.scope["headers"]).get(b"origin", b"").decode("latin-1")
        if found is None or not allowed_origin(found, origin):
            return False
        self.address = found
        return True

    async def connect(self) -> None:
        self._messages, self._reports = _Budget(_MESSAGES), _Budget(_REPORTS)
        await self.accept()
        self._watch = asyncio.get_running_loop().call_later(_HELLO_WITHIN, self._close_soon)

    def _close_soon(self) -> None:
        self._closing = asyncio.ensure_future(self.close(code=4408))

    def _stay(self) -> None:
        self._watch.cancel()
        self._watch = asyncio.get_running_loop().call_later(_SILENCE, self._close_soon)

    async def disconnect(self, code: int) -> None:
        self._watch.cancel()
        if self.topic:
            await self.channel_layer.group_discard(self.topic, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            frame = json.loads(text_data or "")
            kind = frame["type"]
        except (ValueError, KeyError, TypeError, RecursionError):
            await self._say({"type": "refused", "error": _("A frame must be a JSON object with a type.")})
            return
        if self.visitor is None:
            await self._greeted(kind, frame)
        elif kind == "ping":
            self._stay()
            # joining again repairs a membership that a restarted Redis has forgotten
            await self.channel_layer.group_add(self.topic, self.channel_name)
            await self._say({"type": "pong"})
        elif kind == "message":
            self._stay()
            await self._message(frame)
        elif kind in ("received", "read"):
            await self._report(frame, "delivered" if kind == "received" else "read")

    async def _greeted(self, kind: Any, frame: dict[str, Any]) -> None:
        if kind != "hello":
            await self._say({"type": "denied", "error": _("Say hello with your token first.")})
            return
        visitor = await database_sync_to_async(visitors.recognise)(self.address, str(frame.get("token") or ""))
        if visitor is None:
            await self._say({"type": "denied", "error": _("This visit has ended; please reload the page.")})
            await self.close(code=4401)
            return
        self.visitor = visitor
        self.topic = realtime.visitor_topic(self.address.external_id, visitor.id)
        await self.channel_layer.group_add(self.topic, self.channel_name)
        self._stay()
        await self._say({"type": "ready"})

    async def _message(self, frame: dict[str, Any]) -> None:
        client_id = _clean(frame.get("clientId"))[:100]
        problem = self._problem(frame, client_id)
        if problem:
            await self._say({"type": "refused", "clientId": client_id, "error": problem})
            return
        problem = await database_sync_to_async(self._store)(frame, client_id)
        if problem:
            await self._say({"type": "refused", "clientId": client_id, "error": problem})
        else:
            await self._say({"type": "accepted", "clientId": client_id})

    def _problem(self, frame: dict[str, Any], client_id: str) -> str:
        text, file_id = frame.get("text") or "", frame.get("fileId")
        limit = self.address.capabilities.text_limit
        if not client_id:
            return _("clientId: every message needs an id of its own.")
        if not isinstance(text, str) or (not _clean(text).strip() and not file_id):
            return _("text: there is nothing to send.")
        if file_id and not _is_uuid(file_id):
            return _("fileId: there is no such picture.")
        if len(text) > limit:
            return _("text: at most %d characters fit into one message.") % limit
        return "" if self._messages.spend() else _("Too many messages in a minute; please wait a moment.")

    def _store(self, frame: dict[str, Any], client_id: str) -> str:
        """Returns why the message was not taken, or ""."""
        assert self.visitor is not None
        attachments: tuple[types.Attachment, ...] = ()
        if frame.get("fileId"):
            file_id = UUID(frame["fileId"])
            with tenancy.company_scope(self.address.company_id):
                if not files.exists(file_id):
                    return _("fileId: there is no such picture.")
            attachments = (types.Attachment(kind="image", file_id=str(file_id)),)
        event = types.MessageReceived(
            dedup_key=f"{self.visitor.id}:{client_id}",
            chat_id=self.visitor.id,
            message_id=client_id,
            sender=types.Contact(id=self.visitor.id),
            text=_clean(frame.get("text")),
            attachments=attachments,
            sent_at=clock.now(),
        )
        return "" if self._accept([event]) else _("This chat is switched off at the moment.")

    async def _report(self, frame: dict[str, Any], status: Any) -> None:
        given = frame.get("ids")
        ids = [_clean(entry)[:80] for entry in given if entry][:50] if isinstance(given, list) else []
        if ids and self._reports.spend():
            await database_sync_to_async(self._store_reports)(ids, status)

    def _store_reports(self, ids: list[str], status: Any) -> None:
        assert self.visitor is not None
        self._accept(
            [
                types.ReceiptReceived(
                    dedup_key=f"{self.visitor.id}:{status}:{message_id}",
                    chat_id=self.visitor.id,
                    message_id=message_id,
                    status=status,
                )
                for message_id in ids
            ]
        )

    def _accept(self, found: list[Any]) -> bool:
        with tenancy.company_scope(self.address.company_id):
            # whether it receives is read anew: the socket may have been open for hours
            return inbox.accept(Address.objects.only("company_id", "kind", "receiving").get(pk=self.address.pk), found)

    async def pushed(self, message: dict[str, Any]) -> None:
        """A push to this visitor's topic (`core.realtime`)."""
        await self._say(message["payload"])

    async def _say(self, payload: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(payload))
