"""Pictures and recordings made anew for a messenger that takes other forms."""

from __future__ import annotations

import io
import struct
import wave
import zlib
from typing import Any

import pytest
from PIL import Image

from happ_project.companies.models import Company
from happ_project.files import services as files
from messengers import types
from messengers.capabilities import AttachmentRule, Capabilities
from messengers.errors import Rejected
from messengers.services import pictures, recoding

pytestmark = pytest.mark.django_db


def hummed(seconds: float = 1.0) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(b"\x00\x10\x00\xf0" * int(4_000 * seconds))
    return made.getvalue()


def vast_png() -> bytes:
    """A few bytes that say they are 400 million pixels."""
    size = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", size) + _chunk(b"IDAT", zlib.compress(b"")) + _chunk(b"IEND", b"")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def message(content: bytes, *, kind: Any, mime: str, name: str = "") -> types.OutgoingMessage:
    stored = files.store(content, name=name, mime=mime)
    attachment = types.OutgoingAttachment(
        kind=kind, file_id=str(stored.pk), mime=stored.mime, name=name, size=stored.size
    )
    return types.OutgoingMessage(client_ref="r", chat_id="c", attachment=attachment)


def taking(kind: str, *mime_types: str) -> Capabilities:
    rule = AttachmentRule(send=True, max_bytes=10**9, mime_types=mime_types)
    return Capabilities(transport="webhook", authenticity="hmac", attachments={kind: rule})


def test_a_recording_gets_the_form_that_is_taken(in_company: Company) -> None:
    sent = recoding.fitted(
        message(hummed(), kind="voice", mime="audio/x-wav", name="hum.wav"), taking("voice", "audio/ogg")
    )

    assert sent.attachment is not None
    assert (sent.attachment.mime, sent.attachment.name) == ("audio/ogg", "hum")


def test_a_recording_that_grows_too_large_in_another_form_is_refused(in_company: Company, settings: Any) -> None:
    hum = message(hummed(5), kind="voice", mime="audio/x-wav")
    settings.LARGEST_UPLOAD = 20_000

    with pytest.raises(Rejected, match="too long"):
        recoding.fitted(hum, taking("voice", "audio/mpeg"))


def test_a_picture_that_grows_too_large_in_another_form_is_refused(in_company: Company, settings: Any) -> None:
    drawn = io.BytesIO()
    Image.effect_noise((200, 200), 90).save(drawn, "JPEG", quality=5)
    noise = message(drawn.getvalue(), kind="image", mime="image/jpeg")
    settings.LARGEST_UPLOAD = 20_000

    with pytest.raises(Rejected, match="larger"):
        recoding.fitted(noise, taking("image", "image/png"))


def test_a_picture_that_would_fill_the_memory_is_refused() -> None:
    with pytest.raises(Rejected):
        pictures.redraw(vast_png(), ["image/jpeg"])
