"""What is inside a Telegram message: text, files, or something we have no form for."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from telethon.tl import types

from happ_project.core.formatted import NOTHING, Formatted
from messengers.adapters.telegram.client import entities
from messengers.types import Attachment, AttachmentKind


@dataclass(frozen=True, slots=True)
class Content:
    said: Formatted = NOTHING
    attachment: Attachment | None = None
    specific_type: str = ""


def read(message: types.Message, *, part_id: str) -> Content:
    """`part_id`: our name of this message, which a file fetched later is looked up by."""
    said = entities.read(message.message or "", message.entities)
    media = message.media
    if media is None or isinstance(media, types.MessageMediaEmpty | types.MessageMediaWebPage):
        return Content(said)
    if isinstance(media, types.MessageMediaPhoto) and isinstance(media.photo, types.Photo):
        return Content(said, of_photo(media.photo, part_id))
    if isinstance(media, types.MessageMediaDocument) and isinstance(media.document, types.Document):
        return _document(media.document, said, part_id)
    kind, describe = _SPECIFIC.get(type(media), ("telegram_unsupported", _nothing))
    return Content(said if said.text else Formatted(_clean(describe(media))), None, kind)


def _clean(text: str) -> str:
    return text.replace("\0", "")  # no database stores it


def of_photo(photo: types.Photo, part_id: str) -> Attachment:
    """Its largest size."""
    biggest, size = "", 0
    for each in photo.sizes or []:
        if isinstance(each, types.PhotoSize):
            length = each.size
        elif isinstance(each, types.PhotoSizeProgressive):
            length = max(each.sizes, default=0)
        else:
            continue
        if length >= size:
            biggest, size = each.type, length
    ref = _ref(photo, "photo", part_id) | {"thumb": biggest}
    return Attachment(kind="image", media_ref=ref, mime="image/jpeg", size=size or None, part_id=part_id)


def _document(document: types.Document, said: Formatted, part_id: str) -> Content:
    named = {type(attribute): attribute for attribute in document.attributes or []}
    audio = named.get(types.DocumentAttributeAudio)
    video = named.get(types.DocumentAttributeVideo)
    sticker = named.get(types.DocumentAttributeSticker)
    filename = named.get(types.DocumentAttributeFilename)
    kind: AttachmentKind = "document"
    if sticker is not None:
        kind = "sticker"
    elif audio is not None:
        kind = "voice" if audio.voice else "audio"
    elif video is not None or types.DocumentAttributeAnimated in named:
        kind = "video"
    elif document.mime_type in ("image/jpeg", "image/png"):
        kind = "image"  # a picture sent "as a file"
    length = getattr(audio or video, "duration", None)
    found = Attachment(
        kind=kind,
        media_ref=_ref(document, "document", part_id),
        mime=_clean(document.mime_type or ""),
        name=_clean(getattr(filename, "file_name", "") or ""),
        size=document.size,
        duration=float(length) if length is not None else None,
        part_id=part_id,
        waveform=_levels(audio.waveform) if audio is not None and audio.waveform else (),
    )
    if sticker is not None:
        return Content(said if said.text else Formatted(_clean(sticker.alt or "")), found, "sticker")
    return Content(said, found)


def _ref(file: types.Photo | types.Document, kind: str, part_id: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "message": part_id,
        "id": file.id,
        "hash": file.access_hash,
        "reference": base64.b64encode(file.file_reference).decode(),
        "dc": file.dc_id,
        "size": getattr(file, "size", 0),
    }


def _levels(packed: bytes) -> tuple[int, ...]:
    """The bars of a voice note, 0 to 31: five bits each, the lowest first."""
    bits = int.from_bytes(packed, "little")
    return tuple(bits >> (5 * i) & 31 for i in range(len(packed) * 8 // 5))


def _nothing(_media: Any) -> str:
    return ""


def _point(geo: Any) -> str:
    return f"{geo.lat}, {geo.long}" if isinstance(geo, types.GeoPoint) else ""


def _venue(media: types.MessageMediaVenue) -> str:
    named = ", ".join(part for part in (media.title, media.address) if part)
    at = _point(media.geo)
    return f"{named} ({at})" if named and at else named or at


def _contact(media: types.MessageMediaContact) -> str:
    name = " ".join(part for part in (media.first_name, media.last_name) if part)
    phone = media.phone_number or ""
    if phone and not phone.startswith("+"):
        phone = f"+{phone}"
    return ", ".join(part for part in (name, phone) if part)


def _words(text: Any) -> str:
    return str(getattr(text, "text", text) or "")


def _poll(media: types.MessageMediaPoll) -> str:
    answers = [f"– {_words(answer.text)}" for answer in media.poll.answers or []]
    return "\n".join([_words(media.poll.question), *answers])


def _to_do(media: types.MessageMediaToDo) -> str:
    items = [f"– {_words(item.title)}" for item in media.todo.list or []]
    return "\n".join([_words(media.todo.title), *items])


def _invoice(media: types.MessageMediaInvoice) -> str:
    return f"{media.title}: {media.total_amount / 100:.2f} {media.currency}"


# the words of the API's `specificType`
_SPECIFIC: dict[type, tuple[str, Callable[[Any], str]]] = {
    types.MessageMediaGeo: ("telegram_location", lambda media: _point(media.geo)),
    types.MessageMediaGeoLive: ("telegram_live_location", lambda media: _point(media.geo)),
    types.MessageMediaContact: ("telegram_contact", _contact),
    types.MessageMediaPoll: ("telegram_poll", _poll),
    types.MessageMediaDice: ("telegram_dice", lambda media: f"{media.emoticon} {media.value}"),
    types.MessageMediaVenue: ("telegram_venue", _venue),
    types.MessageMediaGame: ("telegram_game", lambda media: str(media.game.title)),
    types.MessageMediaInvoice: ("telegram_invoice", _invoice),
    types.MessageMediaStory: ("telegram_story", _nothing),
    types.MessageMediaGiveaway: ("telegram_giveaway", lambda media: str(media.prize_description or "")),
    types.MessageMediaGiveawayResults: ("telegram_giveaway_results", _nothing),
    types.MessageMediaPaidMedia: ("telegram_paid_media", _nothing),
    types.MessageMediaToDo: ("telegram_unsupported", _to_do),
}
