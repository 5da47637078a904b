"""What the double remembers: sessions, messages, and what shall go wrong."""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_SETTINGS = (
    "name", "phone_number", "account_protection", "log_messages", "webhook_url", "webhook_enabled", "webhook_events",
    "read_incoming_messages", "auto_reject_calls", "ignore_groups", "ignore_channels", "ignore_broadcasts",
    "always_online", "proxy_url",
)  # fmt: skip
QR_LIFE = 45


@dataclass
class Fault:
    path: str
    how: str
    answer: dict[str, Any]


@dataclass
class Message:
    """One accepted send."""

    session: Session
    msg_id: int
    jid: str
    body: dict[str, Any]
    created_at: float
    key_id: str = field(default_factory=lambda: "3EB0" + secrets.token_hex(8).upper())
    status: int = 1
    log: str = "in_progress"
    media: bytes = b""

    def logged(self) -> dict[str, Any]:
        return {
            "id": self.msg_id,
            "to": self.jid.partition("@")[0],
            "text": self.body.get("text", ""),
            "status": self.log,
            "failed_reason": "The number does not answer" if self.log == "failed" else None,
            "created_at": datetime.fromtimestamp(self.created_at, UTC).isoformat().replace("+00:00", "Z"),
        }


@dataclass
class Session:
    id: int
    user_id: int
    phone_number: str
    name: str = ""
    status: str = "disconnected"
    account_protection: bool = False
    log_messages: bool = True
    webhook_url: str = ""
    webhook_enabled: bool = False
    webhook_events: list[str] = field(default_factory=list)
    read_incoming_messages: bool = False
    auto_reject_calls: bool = False
    ignore_groups: bool = False
    ignore_channels: bool = False
    ignore_broadcasts: bool = False
    always_online: bool = False
    proxy_url: str | None = None
    trial: bool = False
    api_key: str = field(default_factory=lambda: secrets.token_hex(32))
    webhook_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    lid: str = field(default_factory=lambda: f"{secrets.randbelow(10**14)}@lid")
    qr: str = ""
    qr_at: float = 0.0
    messages: dict[int, Message] = field(default_factory=dict)
    sent_at: deque[float] = field(default_factory=lambda: deque(maxlen=300))

    def change(self, fields: dict[str, Any]) -> None:
        for name in _SETTINGS:
            if name in fields:
                setattr(self, name, fields[name])
        self.trial = bool(fields.get("trial", self.trial))

    def shown(self) -> dict[str, Any]:
        """The session object of the API, with its secrets as the real one."""
        own = {"id": self.id, "user_id": self.user_id, "status": self.status}
        keys = {"api_key": self.api_key, "webhook_secret": self.webhook_secret}
        return own | keys | {name: getattr(self, name) for name in _SETTINGS}

    def new_qr(self, now: float) -> str:
        self.qr, self.qr_at = f"2@{secrets.token_urlsafe(60)}", now
        return self.qr

    def qr_expired(self, now: float) -> bool:
        return now - self.qr_at > QR_LIFE

    def too_fast(self, now: float) -> float:
        """Seconds to wait before another send, 0 if it may go. Protection overrides the plan."""
        most, window = (1, 5) if self.account_protection else (1, 60) if self.trial else (256, 60)
        recent = [moment for moment in self.sent_at if now - moment < window]
        return float(window - (now - recent[0])) if len(recent) >= most else 0.0

    def limits(self, now: float) -> dict[str, str]:
        """The headers of an accepted send."""
        most, window = (1, 5) if self.account_protection else (1, 60) if self.trial else (256, 60)
        recent = [moment for moment in self.sent_at if now - moment < window]
        # the real service's Reset is sometimes a delta and sometimes a time; so is ours
        reset = window if self.account_protection else int(now) + window
        return {
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(max(0, most - len(recent))),
            "X-RateLimit-Reset": str(reset),
        }
