"""Drawing a picture anew, in a form that a messenger takes."""

import io
import logging

from django.utils.translation import gettext_noop as _
from PIL import Image, ImageOps, UnidentifiedImageError

from happ_project.files import services as files
from messengers.errors import Rejected

log = logging.getLogger(__name__)

_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_STICKER_SIDE = 512
_QUALITY = 90


def redraw(data: bytes, wanted: list[str], *, is_sticker: bool = False) -> tuple[bytes, str]:
    """The first frame as the first of the wanted types that fits: what has holes wants one that keeps them.

    Raises Rejected for one that cannot be read.
    """
    made = io.BytesIO()
    try:
        with Image.open(io.BytesIO(data)) as opened:
            if opened.width * opened.height > files.LARGEST_IMAGE:
                raise Rejected("image", _("This picture has too many pixels."))
            image = ImageOps.exif_transpose(opened)
            has_holes = image.has_transparency_data
            image = image.convert("RGBA" if has_holes else "RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
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
