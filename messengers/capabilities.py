"""What a messenger can do, as data: read by the composer, the splitter, the outbox, the engine and the docs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from messengers import text_splitting

DRAWN = ("image/jpeg", "image/png", "image/webp")
"""The forms in which a picture can be drawn anew, the one that most messengers take first."""
REDRAWN = frozenset({*DRAWN, "image/gif", "image/bmp", "image/tiff", "image/avif"})
"""The forms of pictures that can be read for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRule:
    receive: bool = False
    send: bool = False
    max_bytes: int = 0
    mime_types: tuple[str, ...] = ()  # what may be sent; empty = anything of the kind
    caption: bool = True  # may carry a text, where the messenger has captions at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """The least time between two sends on one address, in seconds."""

    min_interval: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AlbumRule:
    """Files that people see as one message: how many at most, and which kinds may stand beside each other."""

    most: int
    together: tuple[frozenset[str], ...]
    alone: frozenset[str] = frozenset()  # types that never stand in one

    def groups(self, files: Sequence[tuple[str, str]]) -> list[list[int]]:
        """The places of these files (kind, type), in order, as they go out: each group as one album or alone."""
        found: list[list[int]] = []
        for place, file in enumerate(files):
            group = found[-1] if found else None
            if group is not None and len(group) < self.most and self._share(files[group[0]], file):
                group.append(place)
            else:
                found.append([place])
        return found

    def _share(self, first: tuple[str, str], second: tuple[str, str]) -> bool:
        if {first[1], second[1]} & self.alone:
            return False
        return any({first[0], second[0]} <= kinds for kinds in self.together)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Nobody asks `if kind == …`; they ask one of these."""

    transport: Literal["webhook", "session", "hosted"]
    authenticity: Literal["hmac", "shared_secret", "url_token", "session", "visitor"]
    webhook_scope: Literal["address", "app", ""] = ""
    text_limit: int = 4096
    text_unit: Literal["characters", "bytes", "utf16"] = "characters"
    # of text: none, the signs of `formatting.py` in it (*bold*), or marks beside it for the adapter to translate
    formatting: Literal["plain", "signs", "marks"] = "plain"
    caption_limit: int | None = None  # of a text that goes with a file, where it is less
    attachments: Mapping[str, AttachmentRule] = field(default_factory=dict)
    albums: AlbumRule | None = None  # several files travel as one message (`send_album`)
    captions: bool = False  # text and attachment travel in one message
    stickers: bool = False
    sticker_numbers: bool = False  # stickers of the messenger's own can be sent by their number
    groups: bool = False
    delivery_reports: bool = False
    own_echo: bool = False
    idempotent_send: bool = False
    reply_window: float | None = None  # seconds after the customer's last message in which we may write
    human_window: float | None = None  # the same for a person, where that is longer; no assistant and no program
    typing: bool = False
    read: bool = False
    edits: bool = False
    deletes: bool = False
    history: bool = False
    portraits: bool = False  # it shows people's pictures to us (`portrait`)
    pacing: Pacing | None = None
    setup_effort: Literal["none", "minutes", "review"] = "minutes"
    setup: str = ""  # how it is connected, in words for the features table
    pasted_webhook: str = ""  # where a person pastes our webhook's address; nobody tells us if it is taken out there
    limited: frozenset[str] = frozenset()  # features that work in part only: "voice"
    notes: Mapping[str, str] = field(default_factory=dict)  # what to know of a feature: {"stickers": "sent as …"}
    returns_metadata: bool = False  # what came with a customer's message goes back with the answers
    test_receiver: str = ""  # a receiver that stands for nobody: "Send a test message" writes to it
    request_log: bool = False  # every request of both directions is kept for its company to see
    hidden: bool = False  # exists in every company, not offered under "Add integration"

    def takes(self, kind: str, mime: str) -> bool:
        """Whether a file of this kind and type can be sent, as it is or made anew in another form."""
        rule = self.attachments.get(kind)
        if rule is None or not rule.send:
            return False
        taken = self.types_taken(kind)
        return not taken or mime in taken

    def types_taken(self, kind: str) -> tuple[str, ...]:
        """The types that can be sent, also those that are made anew first; empty = anything of the kind.

        Sound of any type can, because it is coded anew; a picture if it can be read and drawn in a form that is taken.
        """
        rule = self.attachments.get(kind)
        if rule is None or kind in ("audio", "voice") or not rule.mime_types:
            return ()
        if kind in ("image", "sticker") and any(mime in DRAWN for mime in rule.mime_types):
            return tuple(sorted({*rule.mime_types, *REDRAWN}))
        return rule.mime_types

    def takes_caption(self, kind: str, text: str) -> bool:
        """Whether this text can go along with a file of the kind in one message."""
        rule = self.attachments.get(kind)
        if not self.captions or rule is None or not rule.caption:
            return False
        return text_splitting.measure(text, unit=self.text_unit) <= (self.caption_limit or self.text_limit)
