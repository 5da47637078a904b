"""What crosses the border between a messenger and the rest: events in, messages out, login steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from messengers import codec

AttachmentKind = Literal["image", "audio", "voice", "video", "document", "sticker"]
ReceiptStatus = Literal["sent", "delivered", "read", "failed"]
ConnectionState = Literal["connected", "connecting", "disconnected", "login_required", "restricted"]

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
    part_id: str = ""  # the messenger's own id of this part, where an album is several messages to it
    waveform: tuple[int, ...] = ()  # of a voice note: how loud it is, 0 to 31, evenly over its length


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
    ref: str = ""  # the messenger's own name of it, where that is what is sent (a Viber sticker's number)


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
    metadata: dict[str, Any] | None = None  # what came with the customer's latest message that had any
    reply_until: datetime | None = None  # when the messenger's time to answer ends (`reply_window`), if it is known
    human_until: datetime | None = None  # until when a person, and only a person, may write all the same


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
class Exchange:
    """One request between us and the other side of a channel, for the log that its company sees.

    `payload` and `answer` hold no credential. `status` is None where there was no answer; `error` then says why.
    """

    direction: Literal["in", "out"]
    payload: dict[str, Any] | None = field(repr=False)
    status: int | None = None
    answer: str = field(default="", repr=False)
    error: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    state: ConnectionState
    detail: str = ""


# --- login ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAddress:
    """What there is already of an address that a login is about to connect."""

    elsewhere: bool  # it belongs to another company: nothing of it may be touched
    webhook_url: str = ""  # where it receives now


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One login in progress. The adapter keeps what it needs between steps in `state` (JSON, stored encrypted)."""

    webhook_url: str = ""  # where the address about to be connected will receive
    return_url: str = ""  # where a visit to the platform's site comes back
    state: dict[str, Any] = field(default_factory=dict, repr=False)
    # A step that needs a connection that stays asks for the session runner, and finds these two set when it is there:
    # to show a step in between, and to hear that it must end.
    needs_runner: bool = False
    show: Callable[[Show], None] | None = field(default=None, repr=False)
    stopped: Callable[[], bool] = field(default=bool, repr=False)
    called_at: datetime | None = None  # when `webhook_url` was last called since the login began
    known: Callable[[str], KnownAddress | None] = field(default=lambda external_id: None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """`note` says more about it, or why it cannot be chosen (`enabled`).

    `address`: the kind and id of the address that it would connect, so that one that is taken already is marked.
    """

    value: str
    label: str
    note: str = ""
    enabled: bool = True
    address: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskField:
    name: str
    label: str
    kind: Literal["text", "password", "choice", "choices"] = "text"  # "choices": any number, one value a line
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
    """A QR (the text to draw) or a code; `login` is called again without an answer after `poll_after` seconds.

    `copy` is a value for the person to take along. `skip` names a button that goes on without waiting: the answer is
    then `{"skip": "yes"}`.
    """

    qr: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    text: str = ""
    copy: str = ""
    skip: str = ""
    poll_after: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A page of the platform; it sends the person back to `Attempt.return_url` with what becomes the next answer.

    `state` is the random word in the address that the platform hands back: it ties the way back to this browser.
    """

    url: str = field(repr=False)
    text: str = ""
    state: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountGrant:
    """`kind`: of another messenger than the one whose login it is, where one login opens several."""

    external_id: str
    name: str = ""
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)
    config: dict[str, Any] = field(default_factory=dict)
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressGrant:
    """`kind`: of another messenger than the one whose login it is, where one login opens several.

    `keeps_webhook`: an address that was there before goes on receiving where it did (a person pasted that URL).
    """

    external_id: str
    name: str = ""
    credentials: dict[str, Any] = field(default_factory=dict, repr=False)
    config: dict[str, Any] = field(default_factory=dict)
    kind: str = ""
    keeps_webhook: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """`text`: what did not work beside what did."""

    account: AccountGrant
    addresses: tuple[AddressGrant, ...]
    text: str = ""


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
