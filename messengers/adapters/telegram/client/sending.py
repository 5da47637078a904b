"""The way out: what we send once, however often it is asked for, and what we do to messages afterwards."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from telethon import errors as told_errors
from telethon import utils
from telethon.tl import functions, types
from telethon.tl.tlobject import TLObject

from happ_project.core.formatted import Formatted
from messengers.adapters.telegram.client import entities, media, names
from messengers.adapters.telegram.client.connection import Client
from messengers.adapters.telegram.client.differences import OwnSends
from messengers.adapters.telegram.client.mailbox import counted
from messengers.adapters.telegram.client.peers import Peers
from messengers.types import MessageRef, OutgoingMessage, Sent

_LOOKED_BACK = 30


def random_id(client_ref: str) -> int:
    """Telegram takes one message for each of these numbers: a repeat is recognised by our own reference."""
    number = int.from_bytes(hashlib.blake2b(client_ref.encode(), digest_size=8).digest(), "little", signed=True)
    return number or 1


class Sending:
    def __init__(self, client: Client, *, peers: Peers, own: OwnSends) -> None:
        self._client, self._peers, self._own = client, peers, own

    async def send(self, message: OutgoingMessage, content: bytes) -> Sent:
        """`content` is that of the attachment, if there is one. Raises Telethon's errors."""
        peer, number = await self._peers.input_peer(message.chat_id), random_id(message.client_ref)
        known = self._own.number_of(number)
        if known is not None:
            return Sent(message_id=names.message_id(int(message.chat_id), known))
        reply, looks = _reply(message.reply_to), entities.of(message.said)
        if message.attachment is None:
            request: TLObject = functions.messages.SendMessageRequest(
                peer=peer, message=message.text, random_id=number, reply_to=reply, entities=looks
            )
        else:
            file = await media.upload(self._client, content, name=message.attachment.name or "file")
            shown = media.as_media(message.attachment, content, file)
            request = functions.messages.SendMediaRequest(
                peer=peer, media=shown, message=message.text, random_id=number, reply_to=reply, entities=looks
            )
        try:
            told = await self._client.ask(request)
        except told_errors.RandomIdDuplicateError:
            return await self._find(peer, message)
        return _sent(told, message, number)

    async def send_album(self, messages: Sequence[OutgoingMessage], contents: Sequence[bytes]) -> list[Sent]:
        """`contents` are those of the attachments. Telegram takes an album whole or not at all."""
        first, numbers = messages[0], [random_id(message.client_ref) for message in messages]
        peer = await self._peers.input_peer(first.chat_id)
        known = [self._own.number_of(number) for number in numbers]
        if all(number is not None for number in known):
            return [Sent(message_id=names.message_id(int(first.chat_id), number)) for number in known if number]
        parts = [
            types.InputSingleMedia(
                await self._kept(peer, message, content),
                message.text,
                random_id=number,
                entities=entities.of(message.said),
            )
            for message, content, number in zip(messages, contents, numbers, strict=True)
        ]
        request = functions.messages.SendMultiMediaRequest(
            peer=peer, multi_media=parts, reply_to=_reply(first.reply_to)
        )
        try:
            told = await self._client.ask(request)
        except told_errors.RandomIdDuplicateError:
            return await self._find_album(peer, messages)
        return [_sent(told, message, number) for message, number in zip(messages, numbers, strict=True)]

    async def _kept(self, peer: TLObject, message: OutgoingMessage, content: bytes) -> TLObject:
        """A file that Telegram has already: an album is made of no others."""
        assert message.attachment is not None
        file = await media.upload(self._client, content, name=message.attachment.name or "file")
        shown = media.as_media(message.attachment, content, file)
        told = await self._client.ask(functions.messages.UploadMediaRequest(peer=peer, media=shown))
        return utils.get_input_media(told)

    async def _find_album(self, peer: TLObject, messages: Sequence[OutgoingMessage]) -> list[Sent]:
        """It was sent before and the answer lost: the newest of ours that has as many parts, or more before them."""
        groups: dict[int, list[Any]] = {}
        for found in await self._latest(peer):
            if isinstance(found, types.Message) and found.out and found.grouped_id:
                groups.setdefault(found.grouped_id, []).insert(0, found)
        wanted = [message.text.strip() for message in messages]
        for parts in groups.values():
            last = parts[-len(messages) :]
            if [(part.message or "").strip() for part in last] == wanted:
                chat = int(messages[0].chat_id)
                return [Sent(message_id=names.message_id(chat, part.id), at=part.date) for part in last]
        return [Sent(message_id="") for _message in messages]

    async def _latest(self, peer: TLObject) -> list[TLObject]:
        """The chat's newest messages, the newest first."""
        request = functions.messages.GetHistoryRequest(
            peer=peer, offset_id=0, offset_date=None, add_offset=0, limit=_LOOKED_BACK, max_id=0, min_id=0, hash=0
        )
        return list((await self._client.ask(request)).messages)

    async def _find(self, peer: TLObject, message: OutgoingMessage) -> Sent:
        """It was sent before and the answer lost: its number is found by its words, as the newest that fits."""
        for found in await self._latest(peer):
            if not isinstance(found, types.Message) or not found.out:
                continue
            same_text = (found.message or "").strip() == message.text.strip()
            if same_text and (found.media is not None) == (message.attachment is not None):
                return Sent(message_id=names.message_id(int(message.chat_id), found.id), at=found.date)
        return Sent(message_id="")

    async def edit(self, message: MessageRef, said: Formatted) -> None:
        peer = await self._peers.input_peer(message.chat_id)
        number = names.number_of(message.message_id)
        try:
            await self._client.ask(
                functions.messages.EditMessageRequest(
                    peer=peer, id=number, message=said.text, entities=entities.of(said)
                )
            )
        except told_errors.MessageNotModifiedError:
            return  # it says so already

    async def delete(self, message: MessageRef) -> None:
        """For both sides."""
        number, chat = names.number_of(message.message_id), int(message.chat_id)
        if names.is_channel(chat):
            channel = await self._peers.input_channel(chat)
            await self._client.ask(functions.channels.DeleteMessagesRequest(channel, [number]))
        else:
            await self._count(functions.messages.DeleteMessagesRequest([number], revoke=True))

    async def read(self, chat_id: str, message_id: str) -> None:
        """Everything up to this message; up to the newest without one."""
        number, chat = names.number_of(message_id) if message_id else 0, int(chat_id)
        if names.is_channel(chat):
            channel = await self._peers.input_channel(chat)
            await self._client.ask(functions.channels.ReadHistoryRequest(channel, number))
        else:
            peer = await self._peers.input_peer(chat_id)
            await self._count(functions.messages.ReadHistoryRequest(peer, number))

    async def _count(self, request: TLObject) -> None:
        told = await self._client.ask(request)
        self._client.incoming.put_nowait(counted(told.pts, told.pts_count))

    async def typing(self, chat_id: str, on: bool) -> None:
        peer = await self._peers.input_peer(chat_id)
        action = types.SendMessageTypingAction() if on else types.SendMessageCancelAction()
        await self._client.ask(functions.messages.SetTypingRequest(peer, action))


class Writing:
    """Keeps "is writing" alive: Telegram shows it for six seconds only."""

    _EVERY, _LONGEST = 4.5, 90.0

    def __init__(self, show: Callable[[str, bool], Awaitable[None]]) -> None:
        self._show = show
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, chat_id: str) -> None:
        self.stop(chat_id)
        task = asyncio.create_task(self._repeat(chat_id))
        self._tasks[chat_id] = task
        task.add_done_callback(lambda done: self._forget(chat_id, done))

    def stop(self, chat_id: str) -> bool:
        task = self._tasks.pop(chat_id, None)
        return bool(task and task.cancel())

    def stop_all(self) -> None:
        for chat_id in list(self._tasks):
            self.stop(chat_id)

    def _forget(self, chat_id: str, done: asyncio.Task[None]) -> None:
        if self._tasks.get(chat_id) is done:
            del self._tasks[chat_id]
        if not done.cancelled():
            done.exception()  # a hint may fail; looked at so that nobody complains

    async def _repeat(self, chat_id: str) -> None:
        end = asyncio.get_running_loop().time() + self._LONGEST
        while asyncio.get_running_loop().time() < end:
            await self._show(chat_id, True)
            await asyncio.sleep(self._EVERY)


def _reply(message_id: str) -> types.InputReplyToMessage | None:
    try:
        return types.InputReplyToMessage(names.number_of(message_id)) if message_id else None
    except ValueError:
        return None


def _sent(told: Any, message: OutgoingMessage, number: int) -> Sent:
    """The messenger's id out of the answer, which comes in a short and in a long form."""
    if isinstance(told, types.UpdateShortSentMessage):
        return Sent(message_id=names.message_id(int(message.chat_id), told.id), at=told.date)
    for update in getattr(told, "updates", ()):
        if isinstance(update, types.UpdateMessageID) and update.random_id == number:
            return Sent(message_id=names.message_id(int(message.chat_id), update.id), at=told.date)
    return Sent(message_id="")
