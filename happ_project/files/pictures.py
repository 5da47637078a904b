"""Stored pictures made small, for whoever pays by their size."""

import io
import logging

from PIL import Image, ImageOps

from happ_project.files import services
from happ_project.files.models import StoredFile

log = logging.getLogger(__name__)

SIDE = 1024
_QUALITY = 80


def small_jpeg(file: StoredFile, *, side: int = SIDE) -> bytes | None:
    """`shrunk` of a stored picture; None, too, for one whose content is gone."""
    try:
        with services.open(file) as content:
            data = content.read()
    except OSError as error:
        log.info("a picture could not be made small: %s", type(error).__name__)
        return None
    return shrunk(data, side=side)


def shrunk(data: bytes, *, side: int, formats: tuple[str, ...] | None = None) -> bytes | None:
    """The first frame, at most so many pixels wide and high, the right way up. None if it cannot be read.

    `formats`: the only ones that are looked at, by Pillow's names.
    """
    try:
        with Image.open(io.BytesIO(data), formats=formats) as opened:
            if opened.width * opened.height > services.LARGEST_IMAGE:
                return None
            opened.draft("RGB", (side, side))  # a large photo is not even unpacked whole
            image = ImageOps.exif_transpose(opened)
            image.thumbnail((side, side))
            image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        log.info("a picture could not be made small: %s", type(error).__name__)
        return None
    if image.mode == "RGBA":
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    made = io.BytesIO()
    image.save(made, "JPEG", quality=_QUALITY)
    return made.getvalue()
