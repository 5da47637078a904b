"""A fake Telegram data-centre for tests, made of Telethon's own TL classes.

Start with :class:`FakeDataCentre`, or with :class:`Running` from code without an event loop of its own; the README
beside this file says what is imitated and what is not.
"""

from .data_centre import Call, FakeDataCentre
from .faults import Disruption, RpcFault
from .running import Running
from .world import SERVICE_ACCOUNT_ID, Account, Channel, Copy, Group, Message

__all__ = [
    "SERVICE_ACCOUNT_ID",
    "Account",
    "Call",
    "Channel",
    "Copy",
    "Disruption",
    "FakeDataCentre",
    "Group",
    "Message",
    "RpcFault",
    "Running",
]
