"""Showing the customer that somebody writes or has read: best effort, never retried, never waited for."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from messengers.adapter import Adapter
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
    if not address.capabilities.typing:
        return
    if address.capabilities.transport == "session":
        nudges.signal(address.pk, chat_ref, "typing", on=on)
        return
    adapter = adapter_of(address)
    if address.capabilities.transport == "hosted":
        _signal(adapter, chat_ref, on)
    elif _room.acquire(blocking=False):
        _threads.submit(_signal, adapter, chat_ref, on).add_done_callback(lambda _done: _room.release())


def _signal(adapter: Adapter, chat_ref: str, on: bool) -> None:
    try:
        adapter.signal(chat_ref, "typing", on=on)
    except MessengerError as error:
        log.info("typing was not shown on %r: %s", adapter, error)
