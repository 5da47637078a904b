"""What arrives: messages and what is told of them, in the same words whatever the messenger."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from happ_project.core.formatted import Mark

AttachmentKind = Literal["image", "audio", "voice", "video", "document", "sticker"]
ReceiptStatus = Literal["sent", "delivered", "read", "failed"]
ConnectionState = Literal["connected", "connecting", "disconnected", "login_required", "restricted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person as one address sees them. `aliases` are other ids of the same person (WhatsApp: phone and lid).

    `avatar_ref` is for the adapter's `portrait` alone, from messengers that say with a message where the picture is.
    """

    id: str
    name: str = ""
    username: str = ""
    phone: str = ""
    avatar_ref: dict[str, Any] | None = field(default=None, repr=False)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a message; `media_ref` is for the adapter's `fetch` alone, `file_id` is set when we hold it already."""

    kind: AttachmentKind
    media_ref: dict[str, Any] = field(default_factory=dict, repr=False)
    mime: str = ""
    name: str = ""
    size: int | None = None
    duration: float | None = None
    file_id: str = ""
    part_id: str = ""  # the messenger's own id of this part, where an album is several messages to it
    waveform: tuple[int, ...] = ()  # of a voice note: how loud it is, 0 to 31, evenly over its length
    problem: str = ""  # why nobody will ever have it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """`address_ref` is the address's external id ('' = the one of the URL); `raw` is this event's slice, redacted."""

    dedup_key: str
    chat_id: str
    address_ref: str = ""
    sent_at: datetime | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(_Event):
    """A message of the customer, or with `from_us` one of our own side (an echo, or typed on the phone).

    `sender` is the person at the other end of the chat in both cases (in a group, whoever wrote). `marks` are the
    formatting that the messenger told beside the text, which is complete without (`core.formatted`): signs that people
    typed are never read as such.
    """

    message_id: str
    sender: Contact
    text: str = ""
    marks: tuple[Mark, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    specific_type: str = ""  # what it was where we have no kind for it: "location", "poll", "unknown"
    from_us: bool = False
    client_ref: str = ""  # our reference, where the messenger hands it back
    is_group: bool = False
    from_program: bool = False  # with `from_us`: our own app's, so never taken for a person's if nothing matches
    history: bool = False  # written before the address was connected: stored, never answered
    silent: bool = False  # something happened in the chat: shown, but nobody is asked to answer it
    reply_to: str = ""
    chat_title: str = ""  # of a group
    mentions_us: bool = False  # in a group: it names us or answers one of our messages
    metadata: dict[str, Any] | None = None  # what the other side wants back with the answers (custom messenger)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptReceived(_Event):
    """How far one of our messages got; found by `message_id` or, where the messenger has two ids, `provider_ref`.

    `earlier_too`: what we sent before it got as far; without an id, whatever was sent until `sent_at`.
    """

    status: ReceiptStatus
    message_id: str = ""
    provider_ref: str = ""
    client_ref: str = ""  # our own reference, where the messenger hands that back
    error: str = ""
    earlier_too: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited(_Event):
    message_id: str
    text: str
    marks: tuple[Mark, ...] = ()
    from_us: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeleted(_Event):
    message_id: str
    from_us: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionReceived(_Event):
    """An emoji on a message; an empty one takes the earlier reaction back."""

    message_id: str
    emoji: str
    from_us: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged(_Event):
    """The address itself changed (`chat_id` is empty): linked, unlinked, asking for a new login."""

    state: ConnectionState
    detail: str = ""


Inbound = MessageReceived | ReceiptReceived | MessageEdited | MessageDeleted | ReactionReceived | StateChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """One entry that carried a valid proof but could not be understood; `digest` (SHA-256) is its dedup key."""

    raw: dict[str, Any] | None = field(repr=False)
    reason: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    content: bytes = field(repr=False)
    mime: str = ""
    name: str = ""
