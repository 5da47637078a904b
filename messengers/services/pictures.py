"""Pictures in the form that a messenger takes: one of another kind is drawn anew before it is sent."""

import io
import logging
from dataclasses import replace
from uuid import UUID

from django.utils.translation import gettext_noop as _
from PIL import Image, ImageOps, UnidentifiedImageError

from happ_project.files import services as files
from messengers import types
from messengers.capabilities import DRAWN, AttachmentRule
from messengers.errors import Rejected

log = logging.getLogger(__name__)

_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_STICKER_SIDE = 512
_QUALITY = 90


def fitted(attachment: types.OutgoingAttachment, rule: AttachmentRule) -> types.OutgoingAttachment:
    """The picture in a form that the rule names, if it names any. Raises Rejected for one that cannot be read.

    Takes a moment of computing, so not inside a transaction.
    """
    if attachment.ref or not rule.mime_types or attachment.mime in rule.mime_types:
        return attachment
    drawn = [mime for mime in DRAWN if mime in rule.mime_types]
    if not drawn:
        return attachment
    original = files.get(UUID(attachment.file_id))
    with files.open(original) as content:
        data, mime = redraw(content.read(), drawn, is_sticker=attachment.kind == "sticker")
    name = attachment.name.rpartition(".")[0] or attachment.name or "picture"
    stored = files.store(data, name=name, mime=mime)
    return replace(attachment, file_id=str(stored.pk), mime=stored.mime, name=stored.name, size=stored.size)


def redraw(data: bytes, wanted: list[str], *, is_sticker: bool = False) -> tuple[bytes, str]:
    """The first frame as the first of the wanted types that fits: what has holes wants one that keeps them."""
    made = io.BytesIO()
    try:
        with Image.open(io.BytesIO(data)) as opened:
            image = ImageOps.exif_transpose(opened)
            has_holes = image.has_transparency_data
            image = image.convert("RGBA" if has_holes else "RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        log.info("a picture could not be drawn anew: %s", error)
        raise Rejected("image", _("This picture cannot be read.")) from None
    if is_sticker:
        image = ImageOps.contain(image, (_STICKER_SIDE, _STICKER_SIDE))
    keeping = [mime for mime in wanted if mime != "image/jpeg"]
    mime = keeping[0] if has_holes and keeping else wanted[0]
    if mime == "image/jpeg" and has_holes:
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    image.save(made, _FORMATS[mime], quality=_QUALITY)
    return made.getvalue(), mime
