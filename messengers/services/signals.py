"""Showing the customer that somebody writes or has read: best effort, never retried, never waited for."""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from messengers.adapter import Adapter, Signal
from messengers.errors import MessengerError
from messengers.models import Address
from messengers.services import nudges
from messengers.services.io import adapter_of

log = logging.getLogger(__name__)

_MOST_WAITING = 20
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="signals")
_room = threading.BoundedSemaphore(_MOST_WAITING)


def typing(address: Address, *, chat_ref: str, on: bool) -> None:
    """Show or hide "is writing". A platform that must be called is called from a thread of its own."""
    if address.capabilities.typing:
        _show(address, chat_ref, "typing", on=on)


def read(address: Address, *, chat_ref: str, message_id: str) -> None:
    """Show that everything up to this message of the customer's was read."""
    if address.capabilities.read:
        _show(address, chat_ref, "read", message_id=message_id)


def _show(address: Address, chat_ref: str, what: Signal, *, on: bool = True, message_id: str = "") -> None:
    if address.capabilities.transport == "session":
        nudges.signal(address.pk, chat_ref, what, on=on, message_id=message_id)
        return
    adapter = adapter_of(address)
    call = partial(_signal, adapter, chat_ref, what, on=on, message_id=message_id)
    if address.capabilities.transport == "hosted":
        call()
    elif _room.acquire(blocking=False):
        _threads.submit(call).add_done_callback(_ended)


def _ended(done: Future[None]) -> None:
    _room.release()
    if error := done.exception():
        log.error("a signal failed", exc_info=error)


def _signal(adapter: Adapter, chat_ref: str, what: Signal, *, on: bool, message_id: str) -> None:
    try:
        adapter.signal(chat_ref, what, on=on, message_id=message_id)
    except MessengerError as error:
        log.info("%s was not shown on %r: %s", what, adapter, error)
