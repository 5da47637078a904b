"""Words to the session runners: something waits, or somebody is typing. They may be lost; runners also look by
themselves."""

import contextlib
import json
from typing import Any

import redis
from django.db import transaction

from happ_project.core import health

CHANNEL = "session-runners"
QUEUE = "sessions"


def work_waits() -> None:
    """There is work for a connection, once the open transaction has committed."""
    _tell_on_commit({"do": "drain"})


def accounts_changed() -> None:
    """An account came, went, or has a new login."""
    _tell_on_commit({"do": "look"})


def signal(address_id: Any, chat_ref: str, what: str, *, on: bool = True, message_id: str = "") -> None:
    """Typing or read marks, at once."""
    _tell({"do": "signal", "address": str(address_id), "chat": chat_ref, "what": what, "on": on, "message": message_id})


def _tell_on_commit(word: dict[str, Any]) -> None:
    transaction.on_commit(lambda: _tell(word), robust=True)


def _tell(word: dict[str, Any]) -> None:
    with contextlib.suppress(redis.RedisError):
        health.state_store().publish(CHANNEL, json.dumps(word))
