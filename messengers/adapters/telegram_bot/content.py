"""What is inside a Bot API message: text, a file, or something we have no form for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from happ_project.core.formatted import NOTHING, Formatted
from messengers.adapters.telegram_bot import entities
from messengers.reading import duration_of, mapping, number_of, size_of, text_of
from messengers.types import Attachment, AttachmentKind

# the first that is there decides; an animation comes with a document of the same file
_FILES: tuple[tuple[str, AttachmentKind], ...] = (
    ("animation", "video"),
    ("voice", "voice"),
    ("audio", "audio"),
    ("video", "video"),
    ("video_note", "video"),
    ("sticker", "sticker"),
    ("document", "document"),
)
_MIMES = {"animation": "video/mp4", "video": "video/mp4", "video_note": "video/mp4", "voice": "audio/ogg"}
_PICTURES = ("image/jpeg", "image/png")
# what stands beside the content and says nothing of its own
_ABOUT = {
    "message_id", "message_thread_id", "from", "sender_chat", "sender_boost_count", "sender_business_bot", "date",
    "business_connection_id", "chat", "direct_messages_topic", "forward_origin", "is_topic_message",
    "is_automatic_forward", "reply_to_message", "external_reply", "quote", "reply_to_story",
    "reply_to_checklist_task_id", "via_bot", "edit_date", "has_protected_content", "is_from_offline",
    "is_paid_post", "media_group_id",
    "author_signature", "paid_star_count", "text", "entities", "link_preview_options", "suggested_post_info",
    "effect_id", "caption", "caption_entities", "show_caption_above_media", "has_media_spoiler", "reply_markup",
}  # fmt: skip
_UNKNOWN = "telegram_unsupported"


@dataclass(frozen=True, slots=True)
class Content:
    said: Formatted = NOTHING
    attachment: Attachment | None = None
    specific_type: str = ""


def read(message: dict[str, Any]) -> Content | None:
    """None for a message that only tells what happened in the chat (somebody joined, a title changed)."""
    said = _said(message)
    if isinstance(message.get("photo"), list):
        return Content(said, _photo(message["photo"]))
    for name, kind in _FILES:
        if isinstance(message.get(name), dict):
            return _file(name, kind, message[name], said)
    for name, (specific, describe) in _SPECIFIC.items():
        if name in message:
            told = said if said.text else Formatted(describe(mapping(message[name], default={})))
            return Content(told, None, specific)
    if said.text:
        return Content(said)
    rest = [name for name in message if name not in _ABOUT]
    if not rest or any(_is_service(name) for name in rest):
        return None
    return Content(NOTHING, None, _UNKNOWN)


def _is_service(name: str) -> bool:
    parts = (
        "new_chat", "left_chat", "_created", "auto_delete", "migrate_", "pinned_message", "successful_payment",
        "shared", "refunded", "connected_website", "write_access", "passport", "proximity_", "boost_added",
        "background",
        "forum_topic", "general_forum", "video_chat", "web_app_data", "giveaway_completed", "delete_chat_photo",
        "paid_message_price", "direct_message_price", "suggested_post", "checklist_tasks", "group_chat",
    )  # fmt: skip
    return any(part in name for part in parts)


def _said(message: dict[str, Any]) -> Formatted:
    text = text_of(message.get("text"))
    if text:
        return entities.read(text, message.get("entities"))
    return entities.read(text_of(message.get("caption")), message.get("caption_entities"))


def _photo(sizes: list[Any]) -> Attachment | None:
    """The largest of its sizes."""
    known = [each for each in sizes if isinstance(each, dict) and text_of(each.get("file_id"))]
    if not known:
        return None
    best = max(known, key=lambda each: (number_of(each.get("width")) or 0, size_of(each.get("file_size")) or 0))
    return _attachment("image", best, mime="image/jpeg")


def _file(name: str, kind: AttachmentKind, file: dict[str, Any], said: Formatted) -> Content:
    mime = text_of(file.get("mime_type")) or _MIMES.get(name, "")
    if name == "document" and mime in _PICTURES:
        kind = "image"  # a picture sent "as a file"
    if name != "sticker":
        return Content(said, _attachment(kind, file, mime=mime))
    if file.get("is_animated") is True:
        mime = "application/x-tgsticker"
    else:
        mime = "video/webm" if file.get("is_video") is True else "image/webp"
    return Content(Formatted(text_of(file.get("emoji"))), _attachment(kind, file, mime=mime), "sticker")


def _attachment(kind: AttachmentKind, file: dict[str, Any], *, mime: str) -> Attachment | None:
    file_id = text_of(file.get("file_id"))
    if not file_id:
        return None
    return Attachment(
        kind=kind,
        media_ref={"file_id": file_id, "mime": mime},
        mime=mime,
        name=text_of(file.get("file_name"))[:200],
        size=size_of(file.get("file_size")),
        duration=duration_of(file.get("duration")),
    )


def _point(place: dict[str, Any]) -> str:
    latitude, longitude = number_of(place.get("latitude")), number_of(place.get("longitude"))
    return f"{latitude}, {longitude}" if latitude is not None and longitude is not None else ""


def _venue(venue: dict[str, Any]) -> str:
    named = ", ".join(part for part in (text_of(venue.get("title")), text_of(venue.get("address"))) if part)
    at = _point(mapping(venue.get("location"), default={}))
    return f"{named} ({at})" if named and at else named or at


def _contact(contact: dict[str, Any]) -> str:
    name = " ".join(part for part in (text_of(contact.get("first_name")), text_of(contact.get("last_name"))) if part)
    return ", ".join(part for part in (name, text_of(contact.get("phone_number"))) if part)


def _poll(poll: dict[str, Any]) -> str:
    options = poll.get("options")
    answers = [mapping(each, default={}).get("text") for each in options] if isinstance(options, list) else []
    lines = (text_of(poll.get("question")), *(f"– {text_of(answer)}" for answer in answers if answer))
    return "\n".join(line for line in lines if line)


def _nothing(_told: dict[str, Any]) -> str:
    return ""


def _titled(told: dict[str, Any]) -> str:
    return text_of(told.get("title"))


# the words of the API's `specificType`; a venue comes with a location beside it
_SPECIFIC: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "venue": ("telegram_venue", _venue),
    "location": ("telegram_location", _point),
    "contact": ("telegram_contact", _contact),
    "poll": ("telegram_poll", _poll),
    "dice": ("telegram_dice", lambda dice: f"{text_of(dice.get('emoji'))} {text_of(dice.get('value'))}".strip()),
    "game": ("telegram_game", _titled),
    "invoice": ("telegram_invoice", _titled),
    "story": ("telegram_story", _nothing),
    "giveaway": ("telegram_giveaway", _nothing),
    "giveaway_winners": ("telegram_giveaway_results", _nothing),
    "paid_media": ("telegram_paid_media", _nothing),
    "checklist": (_UNKNOWN, _titled),
}
