"""Whatever a call to Telegram ends with has a meaning for us; what is our own mistake is not taken for Telegram's."""

from __future__ import annotations

import asyncio
import inspect
import struct
import zlib

import pytest
from telethon.errors import common, rpcbaseerrors

from messengers import errors
from messengers.adapters.telegram.client import signing, trouble
from messengers.adapters.telegram.client.live import _end_of
from messengers.errors import MessengerError

_TELETHONS = [
    kind
    for module in (common, rpcbaseerrors)
    for _name, kind in inspect.getmembers(module, inspect.isclass)
    if issubclass(kind, Exception) and kind.__module__ == module.__name__
]
_NEVER_RAISED = {common.ReadCancelledError, common.AlreadyInConversationError, common.MultiError}
"""Of parts of Telethon that we do not use: reading with select, conversations, several requests as one."""


@pytest.mark.parametrize("kind", sorted(set(_TELETHONS) - _NEVER_RAISED, key=lambda kind: kind.__name__))
def test_every_error_of_telethon_is_one_of_ours(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    error.__dict__.update(message="WHAT", code=400)

    assert issubclass(kind, trouble.FAILURES)
    assert isinstance(trouble.translate(error), MessengerError)


@pytest.mark.parametrize(
    "error",
    [
        common.InvalidChecksumError(1, 2),
        common.BadMessageError(None, 16),
        common.TypeNotFoundError(1, b""),
        common.SecurityError("wrong"),
        asyncio.IncompleteReadError(b"", 4),
        TimeoutError(),
        ConnectionResetError(),
        struct.error("short"),
        zlib.error("not packed"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_breaks_on_the_wire_is_tried_later(error: Exception) -> None:
    with pytest.raises(errors.TryLater), trouble.translated():
        raise error

    assert signing.explained(error) == {"error": "unreachable"}


@pytest.mark.parametrize("error", [TypeError("ours"), KeyError("ours"), AttributeError("ours")], ids=repr)
def test_a_mistake_of_ours_is_not_called_telegrams(error: Exception) -> None:
    with pytest.raises(type(error)), trouble.translated():
        raise error


async def test_a_connection_that_ended_in_a_way_nobody_knows_is_a_broken_line() -> None:
    ended = asyncio.get_running_loop().create_future()
    ended.set_exception(TypeError("deep inside the library"))
    assert isinstance(_end_of(ended), ConnectionError)

    known = asyncio.get_running_loop().create_future()
    known.set_exception(common.AuthKeyNotFound())
    assert isinstance(trouble.translate(_end_of(known)), errors.LoginRequired)

    quiet = asyncio.get_running_loop().create_future()
    quiet.set_result(None)
    assert isinstance(_end_of(quiet), ConnectionError)
