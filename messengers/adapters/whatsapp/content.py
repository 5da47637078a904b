"""What is inside a WhatsApp message: text, files, or word about an earlier message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from messengers.reading import duration_of, mapping, number_of, size_of, text_of
from messengers.types import Attachment, AttachmentKind

_WRAPPERS = (
    "ephemeralMessage",
    "viewOnceMessage",
    "viewOnceMessageV2",
    "viewOnceMessageV2Extension",
    "documentWithCaptionMessage",
    "editedMessage",
)
_FILES: dict[str, AttachmentKind] = {
    "imageMessage": "image",
    "videoMessage": "video",
    "ptvMessage": "video",
    "audioMessage": "audio",
    "documentMessage": "document",
    "stickerMessage": "sticker",
}
_MEDIA_KEYS = ("url", "directPath", "mimetype", "mediaKey", "fileSha256", "fileLength", "fileName")
# what stands beside the content, and the two forms of a text (read already, so empty here)
_NO_CONTENT = {"messageContextInfo", "senderKeyDistributionMessage", "conversation", "extendedTextMessage"}
# the words of the API's `specificType`, and two more
_NAMED = {
    "pollCreation": "whatsapp_poll",
    "event": "whatsapp_event",
    "order": "whatsapp_order",
    "product": "whatsapp_product",
}
_UNKNOWN = "whatsapp_unsupported"
_PLACES = ("locationMessage", "liveLocationMessage")


@dataclass(frozen=True, slots=True)
class Content:
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    specific_type: str = ""
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """Not a message of its own but word about an earlier one."""

    kind: Literal["edit", "delete", "reaction"]
    message_id: str
    text: str = ""
    own_id: str = ""


def read(entry: dict[str, Any], *, message_id: str) -> Content | Reference | None:
    """`entry` is one item of `data.messages`; None if there is nothing in it that a person would see."""
    message = _unwrapped(mapping(entry.get("message"), default={}))
    body = text_of(entry.get("messageBody"))
    if "protocolMessage" in message:
        return _protocol(mapping(message["protocolMessage"], default={}), own_id=message_id)
    if "reactionMessage" in message:
        reaction = mapping(message["reactionMessage"], default={})
        target = text_of(mapping(reaction.get("key"), default={}).get("id"))
        return Reference("reaction", target, text_of(reaction.get("text")), message_id) if target else None
    for name, kind in _FILES.items():
        if name in message:
            return _file(name, kind, mapping(message[name], default={}), body=body, message_id=message_id)
    extended = mapping(message.get("extendedTextMessage"), default={})
    text = text_of(message.get("conversation")) or text_of(extended.get("text"))
    if text:
        return Content(text=text, reply_to=_quoted(extended))
    return _special(message, body)


def edited_text(update: dict[str, Any]) -> str | None:
    """The new text in a `messages.update`; None if it is about something else."""
    inner = mapping(mapping(update.get("message"), default={}).get("editedMessage"), default={})
    if not inner:
        return None
    found = read({"message": mapping(inner.get("message"), default={})}, message_id="")
    return found.text if found is not None else None


def _unwrapped(message: dict[str, Any]) -> dict[str, Any]:
    for _depth in range(6):
        name = next((name for name in _WRAPPERS if isinstance(message.get(name), dict)), None)
        if name is None:
            break
        message = mapping(message[name].get("message"), default={})
    return message


def _protocol(told: dict[str, Any], *, own_id: str) -> Reference | None:
    target = text_of(mapping(told.get("key"), default={}).get("id"))
    if not target:
        return None
    kind = str(told.get("type"))
    if kind in ("0", "REVOKE"):
        return Reference("delete", target)
    if kind in ("14", "MESSAGE_EDIT"):
        found = read({"message": told.get("editedMessage")}, message_id="")
        return Reference("edit", target, found.text if isinstance(found, Content) else "", own_id)
    return None


def _file(name: str, kind: AttachmentKind, file: dict[str, Any], *, body: str, message_id: str) -> Content:
    described = {key: file[key] for key in _MEDIA_KEYS if isinstance(file.get(key), str | int)}
    attachment = Attachment(
        kind="voice" if kind == "audio" and file.get("ptt") is True else kind,
        media_ref={"key": {"id": message_id}, "message": {name: described}},
        mime=text_of(file.get("mimetype")).partition(";")[0].strip(),
        name=text_of(file.get("fileName")) or text_of(file.get("title")),
        size=size_of(file.get("fileLength")),
        duration=duration_of(file.get("seconds")),
    )
    return Content(
        text=text_of(file.get("caption")) or body,
        attachments=(attachment,),
        specific_type="sticker" if kind == "sticker" else "",
        reply_to=_quoted(file),
    )


def _special(message: dict[str, Any], body: str) -> Content | None:
    """Kinds we have no form for: a line of text where there is one, and the kind's name for a neutral note."""
    for name in _PLACES:
        if name in message:
            return Content(text=_place(mapping(message[name], default={})) or body, specific_type="whatsapp_location")
    for name in ("contactMessage", "contactsArrayMessage"):
        if name in message:
            shown = text_of(mapping(message[name], default={}).get("displayName"))
            return Content(text=shown or body, specific_type="whatsapp_contact")
    for name in ("buttonsResponseMessage", "listResponseMessage", "templateButtonReplyMessage"):
        if name in message:
            chosen = mapping(message[name], default={})
            label = text_of(chosen.get("selectedDisplayText")) or text_of(chosen.get("title"))
            return Content(text=label or body)
    names = [name for name in message if name not in _NO_CONTENT]
    if names:
        named = names[0].removesuffix("V2").removesuffix("V3").removesuffix("Message")
        text = body or _told(mapping(message[names[0]], default={}))
        return Content(text=text, specific_type=_NAMED.get(named, _UNKNOWN))
    return Content(text=body) if body else None


def _told(inside: dict[str, Any]) -> str:
    """A poll's question with its answers, an event's name: whatever a person would read first."""
    options = inside.get("options")
    answers = [mapping(option, default={}).get("optionName") for option in options] if isinstance(options, list) else []
    title = text_of(inside.get("name")) or text_of(inside.get("title"))
    return "\n".join(part for part in (title, *(f"– {text_of(answer)}" for answer in answers if answer)) if part)


def _place(place: dict[str, Any]) -> str:
    latitude, longitude = number_of(place.get("degreesLatitude")), number_of(place.get("degreesLongitude"))
    named = ", ".join(part for part in (text_of(place.get("name")), text_of(place.get("address"))) if part)
    at = f"{latitude}, {longitude}" if latitude is not None and longitude is not None else ""
    return " ".join(part for part in (named, f"({at})" if named and at else at) if part)


def _quoted(part: dict[str, Any]) -> str:
    return text_of(mapping(part.get("contextInfo"), default={}).get("stanzaId"))
