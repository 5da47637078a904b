"""The news of this room; `happ_project/subscriptions.py` says who hears it."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from messengers.types import Inbound


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundReceived:
    """Something a chat should know arrived on an address; its files are stored (`file_ids`, by attachment)."""

    company_id: UUID
    address_id: UUID
    received_at: datetime
    event: Inbound
    file_ids: tuple[UUID | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PortraitFetched:
    """What the person of a chat looks like now; without `file_id` they show no picture."""

    company_id: UUID
    address_id: UUID
    chat_ref: str
    file_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryChanged:
    """A message of ours got further, or did not; `status` speaks for all its parts."""

    company_id: UUID
    message_ref: UUID
    status: str
    error: str = ""
    external_id: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTried:
    """The messenger is being asked to send (part of) a message; or it was, nothing was sent, and it waits again."""

    company_id: UUID
    message_ref: UUID
    is_sending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressConnected:
    """A login brought a new address, or a known one back."""

    company_id: UUID
    address_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStateChanged:
    """An address is connected, or not any more; `state` is a `ConnectionState`."""

    company_id: UUID
    address_id: UUID
    state: str
    detail: str = field(default="")
