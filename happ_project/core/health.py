"""`GET /healthz`: ready or not, and which part is missing.

Every long-running role writes a heartbeat into Redis that expires by itself; the page is 200 once the database, the
migrations, Redis and all expected roles answer.
"""

import contextlib
import threading
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from happ_project.core import clock, standing

_BEAT_SECONDS = 2
_EXPIRES_SECONDS = 8
_LOOKED_UP_EVERY = 15.0


@cache
def state_store() -> redis.Redis:
    """Redis for short-lived facts of our own (heartbeats, rate limits); never the truth about anything."""
    return redis.Redis.from_url(settings.REDIS_STATE_URL, socket_timeout=2, socket_connect_timeout=2)


def start_heartbeat(role: str) -> None:
    """Say that `role` is alive, every two seconds, from a thread that dies with the process."""
    stop = threading.Event()

    def beat() -> None:
        while True:
            with contextlib.suppress(redis.RedisError):  # shows as a missing heartbeat, which is the truth
                state_store().set(f"heartbeat:{role}", "1", ex=_EXPIRES_SECONDS)
            if stop.wait(_BEAT_SECONDS):
                return

    threading.Thread(target=beat, name=f"heartbeat-{role}", daemon=True).start()


def is_alive(role: str) -> bool:
    """Whether a process of this role has told of itself lately; True while Redis, which would know, does not answer."""
    try:
        return bool(state_store().exists(f"heartbeat:{role}"))
    except redis.RedisError:
        return True


def healthz(request: HttpRequest) -> JsonResponse:
    """200 `{"ready": true, "parts": {...}, "waiting": []}` or 503 with the parts that are not ready.

    `waiting` names the kinds of work that do not get done although every part is there ("mail": the mail server does
    not take our mails). That makes nobody unready; with `?detail=1` staff see the figures.
    """
    global _was_ready
    parts = {"database": _database(), "redis": _redis()}
    if parts["redis"]:
        parts |= _roles()
    ready = all(parts.values())
    told = {"ready": ready, "parts": parts, "waiting": _waiting() if parts["database"] else []}
    if parts["database"] and "detail" in request.GET and request.user.is_staff:
        told["work"] = [_as_json(each) for each in standing.of_all_work()]
    answer = JsonResponse(told, status=200 if ready else 503)
    _was_ready = _was_ready or ready
    if not _was_ready:
        # Django's own mark: that the start takes its time is no error for the log
        answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer


_was_ready = False
_looked: tuple[float, list[str]] = (0.0, [])


def _waiting() -> list[str]:
    """Looked up each quarter of a minute, however often it is asked."""
    global _looked
    if clock.monotonic() - _looked[0] > _LOOKED_UP_EVERY or not _looked[0]:
        try:
            _looked = (clock.monotonic(), standing.waits_in_vain())
        except DatabaseTrouble:
            return []
    return _looked[1]


def _as_json(work: standing.Standing) -> dict[str, Any]:
    return {
        "kind": work.model._meta.model_name,
        "late": work.late,
        "lateSince": work.since.isoformat() if work.since else None,
        "retried": work.retried,
        "failedToday": work.failed,
        "lastError": work.last_error,
        "wantsALook": work.wants_a_look,
    }


_migrated = False


def _database() -> bool:
    global _migrated
    try:
        if not _migrated:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
            return _migrated
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseTrouble:
        return False
    return True


def _redis() -> bool:
    try:
        return bool(state_store().ping())
    except redis.RedisError:
        return False


def _roles() -> dict[str, bool]:
    names = settings.EXPECTED_ROLES
    if not names:
        return {}
    try:
        found = state_store().mget([f"heartbeat:{name}" for name in names])
    except redis.RedisError:
        return {"redis": False}
    return {name: beat is not None for name, beat in zip(names, found, strict=True)}
