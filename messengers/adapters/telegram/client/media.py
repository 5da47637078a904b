"""Files through the session: up, and down again even when the reference of an old message has expired."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from telethon import errors as told_errors
from telethon import helpers
from telethon.tl import functions, types
from telethon.tl.tlobject import TLObject

from happ_project.core.text import gettext_noop as _
from messengers import errors
from messengers.adapters.telegram import voice
from messengers.adapters.telegram.client import content, names
from messengers.adapters.telegram.client.connection import Client
from messengers.adapters.telegram.client.peers import Peers
from messengers.types import Fetched, OutgoingAttachment

_PART = 512 * 1024
_BIG = 10 * 1024 * 1024  # from here on parts go by another method, without a checksum
_AT_ONCE = 4
_PATIENCE = 60.0
_LONGEST_DOWNLOAD = 300.0
_OUTDATED = (
    told_errors.FileReferenceExpiredError,
    told_errors.FilerefUpgradeNeededError,
    told_errors.FileReferenceEmptyError,
    told_errors.FileReferenceInvalidError,
)
_PICTURES = ("image/jpeg", "image/png")


async def upload(client: Client, data: bytes, *, name: str) -> TLObject:
    number, count = helpers.generate_random_long(), max(-(-len(data) // _PART), 1)
    is_big = len(data) > _BIG

    async def put(i: int) -> None:
        part = data[i * _PART : (i + 1) * _PART]
        if is_big:
            request = functions.upload.SaveBigFilePartRequest(number, i, count, part)
        else:
            request = functions.upload.SaveFilePartRequest(number, i, part)
        await client.ask(request, patience=_PATIENCE)

    for start in range(0, count, _AT_ONCE):
        await asyncio.gather(*(put(i) for i in range(start, min(start + _AT_ONCE, count))))
    if is_big:
        return types.InputFileBig(number, count, name)
    checksum = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return types.InputFile(number, count, name, checksum)


def as_media(attachment: OutgoingAttachment, data: bytes, file: TLObject) -> TLObject:
    """How Telegram is to show the file: a picture, a voice note, a sticker, or something to download."""
    if attachment.kind == "image" and attachment.mime in _PICTURES:
        return types.InputMediaUploadedPhoto(file)
    named = types.DocumentAttributeFilename(attachment.name or "file")
    attributes: list[TLObject] = [named]
    mime = attachment.mime or "application/octet-stream"
    if attachment.kind == "sticker":
        attributes = [
            types.DocumentAttributeSticker(alt="", stickerset=types.InputStickerSetEmpty()),
            types.DocumentAttributeFilename("sticker.webp"),
        ]
    elif attachment.kind in ("voice", "audio"):
        heard = voice.listen(data)
        if heard is not None:
            mime = "audio/ogg"
            bars = voice.pack(heard.levels)
            attributes = [types.DocumentAttributeAudio(duration=heard.seconds, voice=True, waveform=bars)]
        else:
            attributes.append(types.DocumentAttributeAudio(duration=0, title=attachment.name or None))
    elif attachment.kind == "video":
        attributes.append(types.DocumentAttributeVideo(duration=0, w=0, h=0, supports_streaming=True))
    forced = attachment.kind == "document" or None
    return types.InputMediaUploadedDocument(file, mime_type=mime, attributes=attributes, force_file=forced)


async def download(client: Client, peers: Peers, ref: Mapping[str, Any], *, most: int) -> Fetched:
    """The file behind a `media_ref`; raises Rejected for one that is too large or gone."""
    if int(ref.get("size") or 0) > most:
        raise errors.Rejected("too_large", _("The file is too large to be kept."))
    try:
        data = await _read(client, _location(ref), int(ref["dc"]), most)
    except _OUTDATED:
        fresh = await _again(client, peers, str(ref["message"]))
        data = await _read(client, _location(fresh), int(fresh["dc"]), most)
    return Fetched(content=data)


def _location(ref: Mapping[str, Any]) -> TLObject:
    reference = base64.b64decode(ref["reference"])
    kind = types.InputPhotoFileLocation if ref["kind"] == "photo" else types.InputDocumentFileLocation
    return kind(int(ref["id"]), int(ref["hash"]), reference, str(ref.get("thumb") or ""))


async def _read(client: Client, location: TLObject, dc: int, most: int) -> bytes:
    found = bytearray()
    async with asyncio.timeout(_LONGEST_DOWNLOAD):
        async for chunk in client.iter_download(location, request_size=_PART, dc_id=dc):
            found += chunk
            if len(found) > most:
                raise errors.Rejected("too_large", _("The file is too large to be kept."))
    return bytes(found)


async def portrait(client: Client, peers: Peers, user_id: str, *, most: int) -> Fetched | None:
    """A person's newest picture; None if they show us none. Raises Rejected for one that is too large."""
    peer = await peers.input_peer(user_id)
    if not isinstance(peer, types.InputPeerUser):
        return None
    person = types.InputUser(peer.user_id, peer.access_hash)
    told = await client.ask(functions.photos.GetUserPhotosRequest(person, offset=0, max_id=0, limit=1))
    photo = next((each for each in told.photos if isinstance(each, types.Photo)), None)
    if photo is None:
        return None
    return await download(client, peers, content.of_photo(photo, "").media_ref, most=most)


async def _again(client: Client, peers: Peers, message_id: str) -> Mapping[str, Any]:
    """The reference as a fresh look at the message shows it."""
    message = await look_up(client, peers, message_id)
    found = content.read(message, part_id=message_id).attachment if message is not None else None
    if found is None:
        raise errors.Rejected("gone", _("It was deleted in Telegram, by the customer or on your phone."))
    return found.media_ref


async def look_up(client: Client, peers: Peers, message_id: str) -> types.Message | None:
    wanted = [types.InputMessageID(names.number_of(message_id))]
    chat, _slash, _number = message_id.rpartition("/")
    if chat:
        channel = await peers.input_channel(int(chat))
        told = await client.ask(functions.channels.GetMessagesRequest(channel, wanted))
    else:
        told = await client.ask(functions.messages.GetMessagesRequest(wanted))
    peers.learn(told.users, told.chats)
    return next((message for message in told.messages if isinstance(message, types.Message)), None)
