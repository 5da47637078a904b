"""What crosses the border between a messenger and the rest: events in, messages out, login steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from messengers import codec

AttachmentKind = Literal["image", "audio", "voice", "video", "document", "sticker"]
ReceiptStatus = Literal["sent", "delivered", "read", "failed"]
ConnectionState = Literal["connected", "connecting", "disconnected", "login_required"]

# --- what arrives ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person as one address sees them. `aliases` are other ids of the same person (WhatsApp: phone and lid)."""

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

    `sender` is the person at the other end of the chat in both cases (in a group, whoever wrote).
    """

    message_id: str
    sender: Contact
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    specific_type: str = ""  # what it was where we have no kind for it: "location", "poll", "unknown"
    from_us: bool = False
    client_ref: str = ""  # our reference, where the messenger hands it back
    is_group: bool = False
    history: bool = False  # written before the address was connected: stored, never answered
    reply_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptReceived(_Event):
    """How far one of our messages got; found by `message_id` or, where the messenger has two ids, `provider_ref`."""

    status: ReceiptStatus
    message_id: str = ""
    provider_ref: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited(_Event):
    message_id: str
    text: str
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


# --- what goes out --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingAttachment:
    """A stored file to send: `io.media.url(file_id)` for messengers that fetch, `io.media.read(file_id)` for others."""

    kind: AttachmentKind
    file_id: str
    mime: str
    name: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """`client_ref` is the delivery's own reference: the same one twice is the same message. `text` fits the limit."""

    client_ref: str
    chat_id: str
    text: str = ""
    attachment: OutgoingAttachment | None = None
    reply_to: str = ""  # the messenger's reference of the message answered (`provider_ref` where it has two)
    contact_ref: str = ""  # another way to reach the person where the chat's id is not enough
    author: str = "assistant"  # who of us speaks, for channels that show it


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Accepted by the messenger. `message_id` may be '' where it becomes known later (see `Adapter.reconcile`).

    `wait`: seconds the messenger wants us to keep silent on this address from now on, 0 if it did not say.
    """

    message_id: str
    provider_ref: str = ""
    at: datetime | None = None
    wait: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRef:
    """A message of ours to edit, delete or look up."""

    chat_id: str
    message_id: str = ""
    provider_ref: str = ""
    client_ref: str = ""
    text: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What the messenger's own records say about a message; `status` None means that they do not know it."""

    client_ref: str
    status: ReceiptStatus | None
    message_id: str = ""
    provider_ref: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    state: ConnectionState
    detail: str = ""


# --- login ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One login in progress. The adapter keeps what it needs between steps in `state` (JSON, stored encrypted)."""

    webhook_url: str = ""  # where the address about to be connected will receive
    return_url: str = ""  # where a visit to the platform's site comes back
    state: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskField:
    name: str
    label: str
    kind: Literal["text", "password", "choice"] = "text"
    choices: tuple[Choice, ...] = ()
    help: str = ""
    error: str = ""
    value: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A form; the next `login` call gets its answers by field name. `copy` is a value for the person to take along."""

    fields: tuple[AskField, ...]
    text: str = ""
    copy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """A QR (the text to draw) or a code; `login` is called again without an answer after `poll_after` seconds."""

    qr: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    text: str = ""
    poll_after: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    url: str = field(repr=False)
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountGrant:
    external_id: str
    name: str = ""
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressGrant:
    external_id: str
    name: str = ""
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    account: AccountGrant
    addresses: tuple[AddressGrant, ...]


LoginStep = Ask | Show | Visit | Done

# --- JSON -----------------------------------------------------------------------------------------------------------

_NAMED: dict[str, type] = {
    kind.__name__: kind
    for kind in (MessageReceived, ReceiptReceived, MessageEdited, MessageDeleted, ReactionReceived, StateChanged,
                 Unreadable, Ask, Show, Visit, Done)
}  # fmt: skip


def dump(value: Inbound | Unreadable | LoginStep) -> dict[str, Any]:
    """JSON-ready; `load` gives back an equal value. A dumped `Done` holds credentials: encrypt it."""
    return {"type": type(value).__name__, **codec.to_json(value)}


def load(data: Mapping[str, Any]) -> Any:
    """The value that `dump` was given; keys left out take their defaults, so that old rows stay readable."""
    return codec.from_json(data, _NAMED[data["type"]])
