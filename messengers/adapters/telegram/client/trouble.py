"""What Telegram refuses, in our own closed set of errors."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from telethon import errors as told
from telethon.errors.rpcerrorlist import rpc_errors_dict

from happ_project.core.text import gettext_noop as _
from messengers import errors

_WORDS = {
    "USER_IS_BLOCKED": _("This person has blocked your account."),
    "USER_PRIVACY_RESTRICTED": _("This person's privacy settings do not allow it."),
    "CHAT_WRITE_FORBIDDEN": _("Your account may not write in this chat."),
    "USER_BANNED_IN_CHANNEL": _("Telegram does not let your account write in groups for now."),
    "INPUT_USER_DEACTIVATED": _("This person has deleted their Telegram account."),
    "PEER_ID_INVALID": _("Telegram does not let your account write to this chat first."),
    "CHAT_SEND_MEDIA_FORBIDDEN": _("This group does not allow files."),
    "VOICE_MESSAGES_FORBIDDEN": _("This person does not accept voice messages."),
    "MESSAGE_EDIT_TIME_EXPIRED": _("It is too late to change this message."),
    "MESSAGE_TOO_LONG": _("The text is too long for one message."),
    "MEDIA_CAPTION_TOO_LONG": _("The text is too long to go with a file."),
    "PEER_FLOOD": _("Telegram has limited your account: it may only answer people who wrote first. See @SpamBot."),
}
_CODES = {kind: code for code, kind in rpc_errors_dict.items()}
_AGAIN = _("Telegram has ended this login. Log in again.")
_BANNED = _("Telegram has blocked this account.")
_DUPLICATED = _("The login was used from two places at once, so Telegram has ended it. Log in again.")
_WAITS = (told.FloodWaitError, told.FloodPremiumWaitError, told.FloodTestPhoneWaitError)
_PASSING = (
    told.ServerError,
    told.TimedOutError,
    told.RpcCallFailError,
    told.RpcMcgetFailError,
    told.InterdcCallErrorError,
)

_OF_THE_WIRE: tuple[type[Exception], ...] = (
    OSError, EOFError,  # the network; also Python's TimeoutError and asyncio's IncompleteReadError
    told.BadMessageError, told.InvalidChecksumError, told.InvalidBufferError, told.SecurityError,  # the protocol
    # bytes that are nothing of Telegram's, as Telethon's reader, its unpacking and its exchange of keys put it
    told.TypeNotFoundError, BufferError, ValueError, RuntimeError, AssertionError, OverflowError,
    struct.error, zlib.error,
)  # fmt: skip
FAILURES: tuple[type[Exception], ...] = (told.RPCError, told.AuthKeyNotFound, *_OF_THE_WIRE)
"""Everything that a call to Telegram may end with. What is none of these is a mistake of ours, and not caught here."""


def translate(error: Exception) -> errors.MessengerError:
    """One of `FAILURES` in our words.

    What says nothing of Telegram's answer is TryLater: every request of ours may be repeated.
    """
    if isinstance(error, _WAITS):
        return errors.TryLater(float(max(error.seconds, 1)), _("Telegram asks to wait."))
    if isinstance(error, told.SlowModeWaitError):
        # the limit of one group, so no reason to hold the whole account
        return errors.TryLater(reason=_("This group is in slow mode."))
    if isinstance(error, told.UserDeactivatedBanError | told.UserDeactivatedError | told.PhoneNumberBannedError):
        return errors.LoginRequired(_BANNED)
    if isinstance(error, told.AuthKeyDuplicatedError):
        return errors.LoginRequired(_DUPLICATED)
    if isinstance(error, told.AuthKeyNotFound | told.UnauthorizedError):
        return errors.LoginRequired(_AGAIN)
    if isinstance(error, _PASSING):
        return errors.TryLater(reason=_("Telegram has trouble of its own."))
    if isinstance(error, told.RPCError):
        code = _CODES.get(type(error)) or str(error.message or type(error).__name__)
        reason = _WORDS.get(code) or str(error).partition(" (caused by")[0]
        if code.startswith(("ENTITY_", "ENTITIES_")):
            return errors.FormatRefused(reason)
        return errors.Rejected(code.lower()[:60], reason)
    return errors.TryLater(reason=_("Telegram cannot be reached."))


@contextmanager
def translated() -> Iterator[None]:
    """Whatever goes wrong with Telegram inside comes out as one of `messengers.errors`."""
    try:
        yield
    except FAILURES as error:
        raise translate(error) from error
