"""What a messenger can do, as data: read by the composer, the splitter, the outbox, the engine and the docs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRule:
    receive: bool = False
    send: bool = False
    max_bytes: int = 0
    mime_types: tuple[str, ...] = ()  # what may be sent; empty = anything of the kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """The least time between two sends on one address, in seconds."""

    min_interval: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Nobody asks `if kind == …`; they ask one of these."""

    transport: Literal["webhook", "session", "hosted"]
    authenticity: Literal["hmac", "shared_secret", "url_token", "session", "visitor"]
    webhook_scope: Literal["address", "app", ""] = ""
    text_limit: int = 4096
    text_unit: Literal["characters", "bytes"] = "characters"
    attachments: Mapping[str, AttachmentRule] = field(default_factory=dict)
    captions: bool = False  # text and attachment travel in one message
    stickers: bool = False
    groups: bool = False
    delivery_reports: bool = False
    own_echo: bool = False
    idempotent_send: bool = False
    reply_window: float | None = None  # seconds after the customer's last message in which we may write
    typing: bool = False
    read: bool = False
    edits: bool = False
    deletes: bool = False
    history: bool = False
    pacing: Pacing | None = None
    setup_effort: Literal["none", "minutes", "review"] = "minutes"
    hidden: bool = False  # exists in every company, not offered under "Add integration"
