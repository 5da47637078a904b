"""The post office's books: accounts, addresses, what arrived, what must go out."""

from messengers.models.accounts import Address, AddressTask, Connection, LoginAttempt, MessengerAccount
from messengers.models.deliveries import Delivery, DeliveryCheck, DeliveryQuerySet, MessageChange
from messengers.models.portraits import PortraitTask
from messengers.models.receipts import ChatMetadata, InboundReceipt, LeftOut
from messengers.models.records import ChannelRequest, DeletionRequest
from messengers.models.sessions import SessionLease, SessionPeer, SessionState

__all__ = [
    "Address",
    "AddressTask",
    "ChannelRequest",
    "ChatMetadata",
    "Connection",
    "DeletionRequest",
    "Delivery",
    "DeliveryCheck",
    "DeliveryQuerySet",
    "InboundReceipt",
    "LeftOut",
    "LoginAttempt",
    "MessageChange",
    "MessengerAccount",
    "PortraitTask",
    "SessionLease",
    "SessionPeer",
    "SessionState",
]
