"""Storing files and giving out addresses for them.

The content decides what a file is, not its name or what the sender claims. The same content is stored once per company.
"""

import hashlib
import io
import warnings
from collections.abc import Collection
from datetime import timedelta
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit
from uuid import UUID

import filetype
from django.conf import settings
from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Exists, ManyToOneRel, OuterRef, QuerySet, Sum
from django.urls import Resolver404, resolve, reverse
from django.utils.crypto import constant_time_compare
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from happ_project.core import allowance, clock, tenancy
from happ_project.files.models import StoredFile

LARGEST_IMAGE = 60_000_000
"""Pixels: more than any phone's photo; past it a small file may unpack to gigabytes."""

UNUSED_FOR = timedelta(days=30)
_NOTED_EVERY = timedelta(days=1)
_COUNTED_EVERY = 60.0
_counted: dict[UUID, tuple[float, int]] = {}
"""When this process counted last what a company has stored, and the bytes with those that it stored since."""

# plain text has no signature to recognise; the sender's word decides among these, and a browser never runs them
_TAKEN_ON_TRUST = {"text/plain", "text/csv", "text/markdown", "application/json"}
# what films come in, and recordings too: the first bytes do not tell them apart
_SOUND_IN = {"video/mp4": "audio/mp4", "video/webm": "audio/webm", "video/3gpp": "audio/3gpp"}
_UNKNOWN = "application/octet-stream"


class Unacceptable(Exception):
    """The file cannot be stored; the text says why, for people."""


class TooLarge(Unacceptable):
    """More bytes than `LARGEST_UPLOAD`, or more pixels than `LARGEST_IMAGE`."""


class NoRoom(Unacceptable, allowance.Full):
    """The company's files fill all the room that it has. Where nobody catches it, it is told as every bound is."""

    def __str__(self) -> str:
        return str(self.message)


class BrokenImage(Unacceptable):
    """It begins like an image, and is none."""


class WrongKind(Unacceptable):
    """It is none of the kinds that are wanted here."""


def store(
    content: bytes | BinaryIO,
    *,
    name: str = "",
    mime: str | None = None,
    most_bytes: int | None = None,
    wanted: Collection[str] = (),
) -> StoredFile:
    """Store the content for the company of the open scope; `name` and `mime` are what the sender says.

    `most_bytes` stands in for `LARGEST_UPLOAD` where larger files have a purpose; `wanted`: the only types that are
    taken. Raises `TooLarge`, `NoRoom`, `BrokenImage` and `WrongKind`. Safe to repeat: the same content gives the same
    row.
    """
    most = most_bytes or settings.LARGEST_UPLOAD
    data = content if isinstance(content, bytes) else content.read(most + 1)
    if len(data) > most:
        raise TooLarge(_("The file is larger than %d MB.") % (most // 2**20))
    real = _kind(data, mime)
    if wanted and real not in wanted:
        raise WrongKind(_("A file of this kind is not taken here."))
    company_id = tenancy.current_company_id()
    sha256 = hashlib.sha256(data).hexdigest()
    row = StoredFile.objects.filter(sha256=sha256, mime=real).first()
    if row is not None:
        _note_use(row)
        return row
    if _filled(company_id) + len(data) > settings.MOST["gigabytes"] * 2**30:
        raise NoRoom("gigabytes")
    # each row has a place of its own, whatever a killed process may have left at the one that we ask for
    place = default_storage.save(f"{company_id.hex}/{sha256[:2]}/{sha256}", ContentFile(data))
    row, is_new = StoredFile.objects.get_or_create(
        company_id=company_id,
        sha256=sha256,
        mime=real,
        defaults={"size": len(data), "name": _clean(name), "content": place},
    )
    if is_new:
        counted_at, known = _counted[company_id]
        _counted[company_id] = counted_at, known + len(data)
    else:
        default_storage.delete(place)
    return row


def _filled(company_id: UUID) -> int:
    """Bytes that the company has stored; what other processes stored is seen within a minute.

    To count them anew for each file would be dear.
    """
    counted_at, known = _counted.get(company_id, (-_COUNTED_EVERY, 0))
    if clock.monotonic() - counted_at >= _COUNTED_EVERY:
        known = StoredFile.objects.filter(company=company_id).aggregate(bytes=Sum("size"))["bytes"] or 0
        _counted[company_id] = clock.monotonic(), known
    return known


def _note_use(row: StoredFile) -> None:
    """What is stored again is about to be pointed to: it must not be forgotten in that moment."""
    now = clock.now()
    if now - row.created_at > _NOTED_EVERY:
        StoredFile.objects.filter(pk=row.pk).update(created_at=now)


def forget_unused() -> int:
    """Delete the files of the open scope's company that nothing points to, `UNUSED_FOR` after they were stored last.

    Who points to files is asked of the models: every foreign key counts. Returns how many were deleted.
    """
    unused = StoredFile.objects.filter(created_at__lt=clock.now() - UNUSED_FOR)
    for field in StoredFile._meta.get_fields(include_hidden=True):
        if isinstance(field, ManyToOneRel):
            pointing = cast(Any, field.related_model).objects.filter(**{field.field.name: OuterRef("pk")})
            unused = unused.exclude(Exists(pointing))
    return sum(_forget(unused, file) for file in unused.iterator())


def _forget(unused: QuerySet[StoredFile], file: StoredFile) -> bool:
    try:
        with transaction.atomic():
            # past Django's own cascade, which would take the file from a message written this very moment
            gone = unused.filter(pk=file.pk)._raw_delete(unused.db)
    except IntegrityError:
        return False
    if gone:
        default_storage.delete(str(file.content.name))
    return bool(gone)


def _kind(data: bytes, claimed: str | None) -> str:
    found = filetype.guess(data[:8192])
    claimed = (claimed or "").partition(";")[0].strip().lower()
    if found is not None:
        if found.mime.startswith("image/"):
            _verify_image(data, found.mime)
        return claimed if claimed == _SOUND_IN.get(found.mime) else found.mime
    if claimed in _TAKEN_ON_TRUST and b"\0" not in data[:8192]:
        return claimed
    return _UNKNOWN


def _verify_image(data: bytes, mime: str) -> None:
    if mime not in Image.MIME.values():
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as image:
                if image.width * image.height > LARGEST_IMAGE:
                    raise _too_many_pixels()
                image.verify()
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise BrokenImage(_("The picture is damaged.")) from error


def _too_many_pixels() -> TooLarge:
    return TooLarge(_("The picture has more than %d million pixels.") % (LARGEST_IMAGE // 1_000_000))


def _clean(name: str) -> str:
    name = name.replace("\\", "/").rpartition("/")[2].strip()
    return "".join(letter for letter in name if letter.isprintable())[-200:]


def get(file_id: UUID) -> StoredFile:
    """A file of the company of the open scope; raises `StoredFile.DoesNotExist`."""
    return StoredFile.objects.get(pk=file_id)


def exists(file_id: UUID) -> bool:
    """Whether the company of the open scope has this file."""
    return StoredFile.objects.filter(pk=file_id).exists()


def open(file: StoredFile) -> BinaryIO:
    """The content, to be read and closed by the caller; raises `FileNotFoundError`."""
    return cast(BinaryIO, file.content.open("rb"))


def signed_url(file: StoredFile, *, seconds: int | None = None) -> str:
    """An absolute address that anybody may open until it expires: for messengers and browsers.

    The expiry is rounded up to an eighth of its span, so that a page drawn again names the same address and the
    browser's cache holds.
    """
    span = seconds or settings.FILE_URL_SECONDS
    step = max(span // 8, 1)
    expires = (int(clock.now().timestamp()) + span + step - 1) // step * step
    claim = f"{file.company_id.hex}.{expires:x}"
    address = reverse("file", args=[file.pk, f"{claim}.{_seal(file.pk, claim)}", _url_name(file)])
    return settings.PUBLIC_URL + address


def id_in_url(url: str) -> UUID | None:
    """The id of the file that one of our own addresses names, expired or not; None for any other address."""
    path = url.removeprefix(settings.PUBLIC_URL)
    try:
        match = resolve(urlsplit(path).path) if path.startswith("/files/") else None
    except Resolver404:
        return None
    return match.kwargs["file_id"] if match and match.url_name == "file" else None


def _seal(file_id: object, claim: str) -> str:
    return signing.Signer(salt="files").signature(f"{file_id}.{claim}")


def _url_name(file: StoredFile) -> str:
    extension = filetype.get_type(mime=file.mime)
    name = get_valid_filename(file.name) if file.name.strip(". ") else "file"
    if extension and "." not in name:
        name = f"{name}.{extension.extension}"
    return name


def check_signature(file_id: object, signature: str) -> tuple[str, int] | None:
    """The company's id and the expiry (Unix time) that the signature vouches for; None if forged or expired."""
    claim, _dot, seal = signature.rpartition(".")
    company, _dot, expires = claim.partition(".")
    if not constant_time_compare(seal, _seal(file_id, claim)):
        return None
    if int(expires, 16) <= clock.now().timestamp():
        return None
    return company, int(expires, 16)
