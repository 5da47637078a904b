"""Files in the form that a messenger takes: a recording of another kind is coded anew before it is sent."""

import io
import logging
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_noop as _

from happ_project.files import services as files
from messengers import types
from messengers.capabilities import DRAWN, AttachmentRule, Capabilities
from messengers.errors import Rejected
from messengers.services import pictures

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Form:
    container: str
    codec: str
    rate: int
    layout: str = "mono"


_FORMS = {
    "audio/mp4": _Form("ipod", "aac", 44_100),
    "audio/aac": _Form("adts", "aac", 44_100),
    "audio/mpeg": _Form("mp3", "libmp3lame", 44_100),
    "audio/ogg": _Form("ogg", "libopus", 48_000),
    "audio/x-wav": _Form("wav", "pcm_s16le", 44_100),
}


def fitted(message: types.OutgoingMessage, capabilities: Capabilities) -> types.OutgoingMessage:
    """The message with a recording or picture that the messenger takes. Raises Rejected for one that cannot be read.

    Takes a moment of computing, so not inside a transaction.
    """
    attachment = message.attachment
    rule = capabilities.attachments.get(attachment.kind) if attachment is not None else None
    if (
        attachment is None
        or attachment.ref
        or rule is None
        or not rule.mime_types
        or attachment.mime in rule.mime_types
    ):
        return message
    made = _made_anew(attachment, rule)
    return message if made is None else replace(message, attachment=_stored(attachment, *made))


def _made_anew(attachment: types.OutgoingAttachment, rule: AttachmentRule) -> tuple[bytes, str] | None:
    """The content in a form that the rule names, and which one; None where we can make none of them."""
    if attachment.kind in ("image", "sticker"):
        drawn = [mime for mime in DRAWN if mime in rule.mime_types]
        return pictures.redraw(_read(attachment), drawn, is_sticker=attachment.kind == "sticker") if drawn else None
    coded = [mime for mime in rule.mime_types if mime in _FORMS and attachment.kind in ("audio", "voice")]
    return (recode(_read(attachment), coded[0]), coded[0]) if coded else None


def _read(attachment: types.OutgoingAttachment) -> bytes:
    with files.open(files.get(UUID(attachment.file_id))) as content:
        return content.read()


def _stored(attachment: types.OutgoingAttachment, data: bytes, mime: str) -> types.OutgoingAttachment:
    name = attachment.name.rpartition(".")[0] or attachment.name or attachment.kind
    try:
        stored = files.store(data, name=name, mime=mime)
    except files.Unacceptable as error:
        raise Rejected("file", str(error)) from None
    return replace(attachment, file_id=str(stored.pk), mime=stored.mime, name=stored.name, size=stored.size)


def recode(data: bytes, wanted: str) -> bytes:
    """One channel of sound, coded as `wanted`, a key of the forms above. Raises Rejected for what cannot be."""
    import av  # large, and needed by this alone

    form, made = _FORMS[wanted], io.BytesIO()
    try:
        with av.open(io.BytesIO(data), "r") as source, av.open(made, "w", format=form.container) as target:
            if not source.streams.audio:
                raise Rejected("audio", _("There is no sound in this file."))
            stream: Any = target.add_stream(form.codec, rate=form.rate, layout=form.layout)
            resampler = av.AudioResampler(format=stream.format, layout=form.layout, rate=form.rate)
            for frame in source.decode(audio=0):
                for piece in resampler.resample(frame):
                    target.mux(stream.encode(piece))
                if made.tell() > settings.LARGEST_UPLOAD:  # an hour of speech fits into little, but not in every form
                    raise Rejected("audio", _("This recording is too long."))
            for piece in resampler.resample(None):
                target.mux(stream.encode(piece))
            target.mux(stream.encode(None))
    except (av.FFmpegError, ValueError, IndexError) as error:
        log.info("a recording could not be coded anew: %s", error)
        raise Rejected("audio", _("This recording cannot be read.")) from None
    return made.getvalue()
