"""What crosses the border between a messenger and the rest: events in, messages out, login steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from messengers import codec
from messengers.types.inbound import (
    Attachment,
    AttachmentKind,
    ConnectionState,
    Contact,
    Fetched,
    Inbound,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    ReactionReceived,
    ReceiptReceived,
    ReceiptStatus,
    StateChanged,
    Unreadable,
)
from messengers.types.login import (
    AccountGrant,
    AddressGrant,
    Ask,
    AskField,
    Attempt,
    Choice,
    Done,
    KnownAddress,
    LoginStep,
    Show,
    Visit,
)
from messengers.types.outbound import (
    Exchange,
    Health,
    MessageRef,
    OutgoingAttachment,
    OutgoingMessage,
    Reconciled,
    Sent,
)

__all__ = [
    "AccountGrant",
    "AddressGrant",
    "Ask",
    "AskField",
    "Attachment",
    "AttachmentKind",
    "Attempt",
    "Choice",
    "ConnectionState",
    "Contact",
    "Done",
    "Exchange",
    "Fetched",
    "Health",
    "Inbound",
    "KnownAddress",
    "LoginStep",
    "MessageDeleted",
    "MessageEdited",
    "MessageReceived",
    "MessageRef",
    "OutgoingAttachment",
    "OutgoingMessage",
    "ReactionReceived",
    "ReceiptReceived",
    "ReceiptStatus",
    "Reconciled",
    "Sent",
    "Show",
    "StateChanged",
    "Unreadable",
    "Visit",
    "dump",
    "load",
]

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
