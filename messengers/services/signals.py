"""Showing the customer that somebody writes or has read: best effort, never retried.

A platform that must be called is called from a thread of its own. What is shown in one chat is shown in the order in
which it was asked for, and "is writing" never after the answer (`stop_typing`).
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

from messengers.adapter import Adapter, Signal
from messengers.errors import MessengerError
from messengers.models import Address
from messengers.services import nudges
from messengers.services.io import adapter_of

log = logging.getLogger(__name__)

_MOST_WAITING = 20
_PATIENCE = 2.0
"""Seconds that an answer waits for a platform that is being told that it is written."""

Place = tuple[UUID, str]


class Lanes:
    """Calls carried out by a few threads: those of one chat one after the other, too many left out."""

    def __init__(self, threads: int = 4) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="signals")
        self._changed = threading.Condition()
        self._waiting: dict[Place, deque[tuple[str, Callable[[], None]]]] = {}

    def put(self, place: Place, what: str, call: Callable[[], None]) -> None:
        """What waits under the same word has been overtaken and is left out."""
        with self._changed:
            if sum(map(len, self._waiting.values())) >= _MOST_WAITING:
                return
            is_new = place not in self._waiting
            kept = (each for each in self._waiting.get(place, ()) if each[0] != what)
            self._waiting[place] = deque([*kept, (what, call)])
        if is_new:
            self._threads.submit(self._work, place)

    def _work(self, place: Place) -> None:
        while True:
            with self._changed:
                lane = self._waiting[place]
                if not lane:
                    del self._waiting[place]
                    self._changed.notify_all()
                    return
                _what, call = lane.popleft()
            try:
                call()
            except Exception:  # this is the runner of signals: a mistake in one must not hold back what is behind it
                log.exception("a signal failed")

    def wait(self, place: Place, seconds: float) -> None:
        """Until nothing of this chat is left to do, or so long."""
        with self._changed:
            self._changed.wait_for(lambda: place not in self._waiting, seconds)


_lanes = Lanes()
_typing: set[Place] = set()


def typing(address: Address, *, chat_ref: str, on: bool) -> None:
    """Show or hide "is writing"; hiding what is not shown is nothing."""
    place = (address.pk, chat_ref)
    if not address.capabilities.typing or not (on or place in _typing):
        return
    if on:
        _typing.add(place)
    else:
        _typing.discard(place)
    _show(address, chat_ref, "typing", on=on)


def stop_typing(address: Address, *, chat_ref: str) -> None:
    """Hide "is writing" because the answer goes out now; a platform that is slow to hear of it is waited for a little.

    Call outside any transaction.
    """
    place = (address.pk, chat_ref)
    if place in _typing:
        typing(address, chat_ref=chat_ref, on=False)
        settle(address, chat_ref=chat_ref)


def settle(address: Address, *, chat_ref: str) -> None:
    """Wait a little until everything asked for in a chat is shown."""
    _lanes.wait((address.pk, chat_ref), _PATIENCE)


def read(address: Address, *, chat_ref: str, message_id: str) -> None:
    """Show that everything up to this message of the customer's was read."""
    if address.capabilities.read:
        _show(address, chat_ref, "read", message_id=message_id)


def _show(address: Address, chat_ref: str, what: Signal, *, on: bool = True, message_id: str = "") -> None:
    if address.capabilities.transport == "session":
        nudges.signal(address.pk, chat_ref, what, on=on, message_id=message_id)
        return
    call = partial(_signal, adapter_of(address), chat_ref, what, on=on, message_id=message_id)
    if address.capabilities.transport == "hosted":
        call()
    else:
        _lanes.put((address.pk, chat_ref), what, call)


def _signal(adapter: Adapter, chat_ref: str, what: Signal, *, on: bool, message_id: str) -> None:
    try:
        adapter.signal(chat_ref, what, on=on, message_id=message_id)
    except MessengerError as error:
        log.info("%s was not shown on %r: %s", what, adapter, error)
