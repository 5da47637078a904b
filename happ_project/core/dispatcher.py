"""The only clock: finds due job rows in PostgreSQL and offers them to Celery.

One leader at a time, by an advisory lock of the database; others stand by. Each round asks every job table, by its
partial index, for due rows that head their lane, marks them as offered for a while, and sends one small Celery task
each. A lost task costs the time of the offer, never the work.
"""

import logging
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import psycopg
import redis
from celery import Celery
from django.conf import settings
from django.db import connection

from happ_project.core import clock, job_statements, jobs, prepared

log = logging.getLogger(__name__)

_LEADER_LOCK = 0x48415050  # "HAPP"
_BATCH = 200
ROUND = 0.04
"""Seconds between two looks, unless a nudge or a row's own moment comes earlier."""


class Dispatcher:
    """One round of looking is `step()`; `lead()` says whether this process may, `wait()` passes the time between."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._broker = redis.Redis.from_url(settings.REDIS_BROKER_URL, socket_timeout=2, socket_connect_timeout=2)
        self._leading = False
        self._broker_was_lost = True
        self._next_due: datetime | None = None

    def lead(self) -> bool:
        """Take the leader's lock of this database session; it lives and dies with the session, which `step` uses."""
        if self._leading:
            return True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LEADER_LOCK])
            row = cursor.fetchone()
        self._leading = bool(row and row[0])
        if self._leading:
            log.info("leading")
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {jobs.CHANNEL}")
            jobs.withdraw_offers()
        return self._leading

    def lost_session(self) -> None:
        """The database connection is gone, and the leader's lock with it."""
        self._leading = False
        connection.close()

    def lost_broker(self) -> None:
        """Redis is gone: what was offered may never arrive."""
        self._broker_was_lost = True

    def step(self) -> int:
        """Offer what is due now; returns how many rows. Raises redis and database errors to the loop."""
        room = self._room()
        if self._broker_was_lost:
            jobs.withdraw_offers()
            self._broker_was_lost = False
        offered = 0
        for model in self._tables_with_due_rows([queue for queue, most in room.items() if most > 0]):
            queue = model.default_queue
            rows = self._offer(model, room[queue])
            room[queue] -= len(rows)
            self._send(model._meta.label, queue, rows)
            offered += len(rows)
        return offered

    def _room(self) -> dict[str, int]:
        """How many more tasks each queue may hold, so that a backlog stays in the database, in order."""
        with self._broker.pipeline(transaction=False) as pipe:
            for queue in settings.JOB_QUEUES:
                pipe.llen(queue)
            lengths = pipe.execute()
        return {
            queue: min(limit.depth - length, _BATCH)
            for (queue, limit), length in zip(settings.JOB_QUEUES.items(), lengths, strict=True)
        }

    def _tables_with_due_rows(self, queues: list[str]) -> list[type[jobs.Job]]:
        """A kind of job has one queue here; rows of its table in another one are drained elsewhere."""
        models = [model for model in jobs.models_with_jobs() if model.default_queue in queues]
        self._next_due = None
        if not models:
            return []
        now = clock.now()
        # past Django's cursor, which cannot prepare: this is asked all day, and planning it costs more than the answer;
        # the raw one, because the other reads so long a text anew each time
        with connection.wrap_database_errors, psycopg.RawCursor(connection.connection) as cursor:
            cursor.execute(_question(tuple(models)), [now, now + timedelta(seconds=ROUND)], prepare=True)
            found = cursor.fetchall()
        self._next_due = min((moment for _, moment in found if moment is not None), default=None)
        due = {i for i, moment in found if moment is None}
        return [model for i, model in enumerate(models) if i in due]

    def wait(self, seconds: float) -> None:
        """Let time pass until the next row falls due, somebody nudges, or `seconds` are over."""
        if self._next_due is not None:
            seconds = min(seconds, max(0.0, (self._next_due - clock.now()).total_seconds()))
        if connection.connection is not None:
            with connection.wrap_database_errors:
                for _nudge in connection.connection.notifies(timeout=seconds, stop_after=1):
                    pass

    def _offer(self, model: type[jobs.Job], most: int) -> list[tuple[int, Any]]:
        """Mark due rows as offered; a running row whose lease ran out is taken from its dead worker."""
        queue, now = model.default_queue, clock.now()
        until = now + timedelta(seconds=settings.JOB_QUEUES[queue].offer_seconds)
        with prepared.cursor() as cursor:
            cursor.execute(job_statements.offer(model), {"now": now, "until": until, "queue": queue, "most": most})
            found: list[tuple[int, Any]] = cursor.fetchall()
        return found

    def _send(self, label: str, queue: str, rows: list[tuple[int, Any]]) -> None:
        """A task for each row; of many at once a task takes several, because a task costs as much as a row's work."""
        named = [(pk, str(company_id) if company_id else None) for pk, company_id in rows]
        spread = settings.JOB_QUEUES[queue].spread or len(named)
        with self._app.producer_or_acquire() as producer:
            for share in (named[start::spread] for start in range(min(spread, len(named)))):
                name, args = ("jobs.run", (label, *share[0])) if len(share) == 1 else ("jobs.run_all", (label, share))
                self._app.send_task(name, args=args, queue=queue, producer=producer, retry=False)


@cache
def _question(models: tuple[type[jobs.Job], ...]) -> bytes:
    return " UNION ALL ".join(_ask(i, model) for i, model in enumerate(models)).encode()


def _ask(i: int, model: type[jobs.Job]) -> str:
    """SQL that tells of a table whether something is due at $1 (`i`, null), or else will be until $2 (`i`, then)."""
    table = connection.ops.quote_name(model._meta.db_table)
    rows = f"{table} WHERE state IN ('waiting', 'running') AND queue = '{model.default_queue}'"
    return f"""
        (SELECT {i}, NULL::timestamptz FROM {rows} AND run_at <= $1
         AND (locked_until IS NULL OR locked_until <= $1) LIMIT 1)
        UNION ALL (SELECT {i}, run_at FROM {rows} AND run_at > $1 AND run_at <= $2
                   ORDER BY run_at LIMIT 1)"""  # noqa: S608 - our own tables and queues
