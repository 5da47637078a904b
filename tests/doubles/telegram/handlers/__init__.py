"""The RPC methods, a class for each subject."""

from __future__ import annotations

from .base import Handlers
from .catching_up import UpdateHandlers
from .channels import ChannelHandlers
from .files import FileHandlers
from .messages import MessageHandlers
from .people import PeopleHandlers
from .signing_in import AuthHandlers

ALL_HANDLERS: tuple[type[Handlers], ...] = (
    AuthHandlers,
    PeopleHandlers,
    UpdateHandlers,
    MessageHandlers,
    ChannelHandlers,
    FileHandlers,
)
