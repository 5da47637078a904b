"""What is inside a message of Messenger or Instagram: text, files, things shared from elsewhere.

https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messages and the Instagram reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from messengers.reading import mapping, text_of
from messengers.types import Attachment, AttachmentKind

_FILES: dict[str, AttachmentKind] = {
    "image": "image",
    "video": "video",
    "audio": "voice",  # what people record in the app; a music file comes as `file`
    "file": "document",
    "media": "image",  # Instagram does not always say which; the content decides when it is there
    "sticker": "image",
}
# pages to look at, not files to fetch
_SITES = ("facebook.com", "instagram.com", "fb.watch", "fb.me", "m.me", "messenger.com")


@dataclass(frozen=True, slots=True)
class Content:
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    specific_type: str = ""
    reply_to: str = ""


def read(message: Mapping[str, Any], *, shared: Mapping[str, str]) -> Content:
    """`shared`: the name we give to each kind of thing that people share from the platform."""
    texts, attachments, specific = [text_of(message.get("text"))], list[Attachment](), ""
    items = message.get("attachments")
    for item in items if isinstance(items, list) else ():
        found = _attachment(mapping(item, default={}), shared, said=texts[0])
        texts.append(found.text)
        attachments += found.attachments
        specific = specific or found.specific_type
    reply = mapping(message.get("reply_to"), default={})
    if "story" in reply:
        story = mapping(reply["story"], default={})
        attachments = [*_file(story.get("url"), "image"), *attachments]
        specific = specific or shared.get("story", "story")
    if message.get("is_unsupported") is True:
        specific = specific or "unsupported"
    text = "\n".join(each for each in texts if each)
    if not text and not attachments and not specific:
        specific = "unsupported"
    return Content(text, tuple(attachments), specific, text_of(reply.get("mid")))


def _attachment(item: Mapping[str, Any], shared: Mapping[str, str], *, said: str) -> Content:
    kind, payload = text_of(item.get("type")), mapping(item.get("payload"), default={})
    url = text_of(payload.get("url")) or text_of(item.get("url"))
    if kind in shared:
        return _shared(kind, url, text_of(payload.get("title")), name=shared[kind])
    if kind == "fallback":
        title = text_of(item.get("title")) or text_of(payload.get("title"))
        return Content(text="\n".join(each for each in (title, url) if each and each not in said))
    if kind in _FILES:
        is_sticker = kind == "sticker" or "sticker_id" in payload
        found = _file(url, _FILES[kind])
        if not found:
            return Content(specific_type="unsupported")
        return Content(attachments=found, specific_type="sticker" if is_sticker else "")
    return Content(specific_type=_word(kind) or "unsupported")


def _shared(kind: str, url: str, title: str, *, name: str) -> Content:
    """A reel, a post, a story: the picture or film where there is one, else the link to it."""
    if not url or _is_page(url):
        return Content(text="\n".join(each for each in (title, url) if each), specific_type=name)
    return Content(text=title, attachments=_file(url, "video" if "reel" in kind else "image"), specific_type=name)


def _file(url: Any, kind: AttachmentKind) -> tuple[Attachment, ...]:
    """A file that can be fetched for a while; none without an address."""
    address = text_of(url)
    if not address.startswith(("http://", "https://")):
        return ()
    return (Attachment(kind=kind, media_ref={"url": address}, name=_name(address) if kind == "document" else ""),)


def _name(url: str) -> str:
    """What a document is called, where its address ends in a name."""
    try:
        name = urlsplit(url).path.rpartition("/")[2]
    except ValueError:
        return ""
    return name[-150:] if "." in name else ""


def _is_page(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return True
    return any(host == site or host.endswith(f".{site}") for site in _SITES)


def _word(kind: str) -> str:
    """An unknown kind as a name that can be kept."""
    return "".join(letter for letter in kind if letter.isascii() and (letter.isalnum() or letter == "_"))[:40]
