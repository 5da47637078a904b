"""Telling open sockets that something changed: at most once, never waited for.

A push is a hint. Whoever missed one finds the truth in the database, because every client fetches again after it
reconnects. One thread per process owns the event loop and the Redis connection of the channel layer, so that a push
from a worker or a web thread costs a queue put (making a loop per call costs milliseconds and a connection each).
"""

import asyncio
import logging
import os
import threading
import weakref
from typing import Any
from uuid import UUID

import redis
from channels.layers import get_channel_layer
from django.db import transaction

log = logging.getLogger(__name__)

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_owner_pid = 0
_MOST_WAITING = 2_000
_waiting = threading.BoundedSemaphore(_MOST_WAITING)
_turns: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
"""One per topic while something is on its way: what was pushed first arrives first."""


def company_topic(company_id: UUID) -> str:
    """What every dashboard and API socket of a company listens to."""
    return f"company.{company_id}"


def visitor_topic(address_id: str, visitor_id: str) -> str:
    """What the sockets of one website visitor listen to."""
    return f"visitor.{address_id}.{visitor_id}"


def push(topic: str, payload: dict[str, Any]) -> None:
    """Send `payload` to the sockets of `topic`; a full queue or a dead Redis drops it with a log line."""
    if not _waiting.acquire(blocking=False):
        log.warning("live update dropped: %d are waiting already", _MOST_WAITING)
        return
    asyncio.run_coroutine_threadsafe(_send(topic, payload), _running_loop())


def push_on_commit(topic: str, payload: dict[str, Any]) -> None:
    """`push` once the open transaction has committed, so that whoever fetches then finds the change."""
    transaction.on_commit(lambda: push(topic, payload), robust=True)


async def _send(topic: str, payload: dict[str, Any]) -> None:
    turn = _turns.setdefault(topic, asyncio.Lock())
    try:
        async with asyncio.timeout(5), turn:
            await get_channel_layer().group_send(topic, {"type": "pushed", "payload": payload})
    except (OSError, TimeoutError, redis.RedisError) as error:
        log.warning("live update lost: %r", error)
    finally:
        _waiting.release()


def _running_loop() -> asyncio.AbstractEventLoop:
    global _loop, _owner_pid
    with _lock:
        if _loop is None or _owner_pid != os.getpid():
            _loop = asyncio.new_event_loop()
            _owner_pid = os.getpid()
            threading.Thread(target=_loop.run_forever, name="realtime", daemon=True).start()
        return _loop
