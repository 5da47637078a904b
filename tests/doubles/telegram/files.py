"""Uploads and the files that messages refer to."""

from __future__ import annotations

import datetime
import secrets
from dataclasses import dataclass, field

from telethon.tl import types
from telethon.tl.tlobject import TLObject

from .faults import RpcFault
from .tl import utcnow


@dataclass(eq=False)
class StoredFile:
    """A photo (no attributes) or a document (with attributes)."""

    data: bytes
    mime_type: str
    attributes: list[TLObject] | None
    id: int = field(default_factory=lambda: secrets.randbits(62))
    access_hash: int = field(default_factory=lambda: secrets.randbits(62))
    date: datetime.datetime = field(default_factory=utcnow)

    @property
    def is_photo(self) -> bool:
        return self.attributes is None


class FileStore:
    """Collects uploaded parts, keeps files and hands them out."""

    def __init__(self) -> None:
        self._parts: dict[int, dict[int, bytes]] = {}
        self._files: dict[int, StoredFile] = {}
        self._reference = 1

    def add_photo(self, data: bytes) -> StoredFile:
        return self._add(StoredFile(data, "image/jpeg", None))

    def add_document(self, data: bytes, mime_type: str, *attributes: TLObject) -> StoredFile:
        return self._add(StoredFile(data, mime_type, list(attributes)))

    def expire_references(self) -> None:
        """From now on only freshly fetched messages can be downloaded from."""
        self._reference += 1

    def forget(self) -> None:
        """Nothing that was sent so far can be downloaded any more."""
        self._files.clear()

    def save_part(self, upload_id: int, part: int, data: bytes) -> None:
        self._parts.setdefault(upload_id, {})[part] = data

    def from_input(self, media: TLObject) -> StoredFile | TLObject | None:
        """Turn the ``InputMedia`` of a request into what a message keeps."""
        match media:
            case types.InputMediaUploadedPhoto():
                return self.add_photo(self._assemble(media.file))
            case types.InputMediaUploadedDocument():
                data = self._assemble(media.file)
                return self.add_document(data, media.mime_type, *media.attributes)
            case types.InputMediaPhoto() | types.InputMediaDocument():
                return self._find(media.id)
            case types.InputMediaContact():
                return types.MessageMediaContact(
                    phone_number=media.phone_number,
                    first_name=media.first_name,
                    last_name=media.last_name,
                    vcard=media.vcard,
                    user_id=0,
                )
            case types.InputMediaGeoPoint(geo_point=types.InputGeoPoint() as point):
                geo = types.GeoPoint(long=point.long, lat=point.lat, access_hash=0)
                return types.MessageMediaGeo(geo)
            case types.InputMediaEmpty() | None:
                return None
        raise RpcFault(400, "MEDIA_INVALID")

    def render(self, media: StoredFile | TLObject | None, dc_id: int) -> TLObject | None:
        """The ``MessageMedia`` of a message, with the reference valid today."""
        if not isinstance(media, StoredFile):
            return media
        common = {
            "id": media.id,
            "access_hash": media.access_hash,
            "file_reference": self._reference_bytes(),
            "date": media.date,
            "dc_id": dc_id,
        }
        if media.is_photo:
            # The real server measures the picture; nobody looks at w and h here.
            sizes = [types.PhotoSize(type="x", w=800, h=600, size=len(media.data))]
            return types.MessageMediaPhoto(photo=types.Photo(sizes=sizes, **common))
        document = types.Document(
            mime_type=media.mime_type,
            size=len(media.data),
            attributes=media.attributes,
            **common,
        )
        is_voice = any(getattr(item, "voice", False) for item in media.attributes or [])
        return types.MessageMediaDocument(document=document, voice=is_voice or None)

    def read(self, location: TLObject, offset: int, limit: int) -> bytes:
        stored = self._find(location)
        return stored.data[offset : offset + limit]

    def _add(self, stored: StoredFile) -> StoredFile:
        self._files[stored.id] = stored
        return stored

    def _assemble(self, uploaded: types.InputFile | types.InputFileBig) -> bytes:
        parts = self._parts.pop(uploaded.id, {})
        if sorted(parts) != list(range(uploaded.parts)):
            raise RpcFault(400, "FILE_PARTS_INVALID")
        return b"".join(parts[number] for number in range(uploaded.parts))

    def _find(self, location: TLObject) -> StoredFile:
        stored = self._files.get(getattr(location, "id", 0))
        if stored is None or stored.access_hash != location.access_hash:
            raise RpcFault(400, "FILE_ID_INVALID")
        if location.file_reference != self._reference_bytes():
            raise RpcFault(400, "FILE_REFERENCE_EXPIRED")
        return stored

    def _reference_bytes(self) -> bytes:
        return b"reference-%d" % self._reference
