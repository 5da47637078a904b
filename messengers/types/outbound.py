"""What goes out, and what the messenger says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from happ_project.core.formatted import Formatted, Mark
from messengers.types.inbound import AttachmentKind, ConnectionState, ReceiptStatus


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
    """`client_ref` is the delivery's own reference: the same one twice is the same message. `text` fits the limit.

    `marks` say how it looks, for messengers with "marks" as their `formatting`; the others get none.
    """

    client_ref: str
    chat_id: str
    text: str = ""
    marks: tuple[Mark, ...] = ()
    attachment: OutgoingAttachment | None = None
    reply_to: str = ""  # the messenger's reference of the message answered (`provider_ref` where it has two)
    contact_ref: str = ""  # another way to reach the person where the chat's id is not enough
    author: str = "assistant"  # who of us speaks, for channels that show it
    metadata: dict[str, Any] | None = None  # what came with the customer's latest message that had any
    reply_until: datetime | None = None  # when the messenger's time to answer ends (`reply_window`), if it is known
    human_until: datetime | None = None  # until when a person, and only a person, may write all the same

    @property
    def said(self) -> Formatted:
        return Formatted(self.text, self.marks)


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
