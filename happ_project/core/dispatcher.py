"""The only clock: finds due job rows in PostgreSQL and offers them to Celery.

One leader at a time, by an advisory lock of the database; others stand by. Each round asks every job table, by its
partial index, for due rows that head their lane, and sends small Celery tasks for those that were not offered yet.
What was offered is remembered here only, for a while: a row that nobody took is offered again, and so is everything
after the death of the dispatcher, of Redis or of a worker. A lost task costs time, never the work; one too many finds
the row taken.
"""

import logging
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import psycopg
import redis
from celery import Celery
from django.conf import settings
from django.db import connection

from happ_project.core import clock, job_statements, jobs

log = logging.getLogger(__name__)

_LEADER_LOCK = 0x48415050  # "HAPP"
_LOOK_AT_BROKER_EVERY = 1.0
_QUEUED_AT_MOST = timedelta(minutes=1)
"""For so long a lapsed offer is believed to lie in its queue, if anything lies there: one that was lost does not."""
_PLANNING = "SET plan_cache_mode = force_generic_plan; " + "; ".join(
    f"SET enable_{way} = off" for way in ("seqscan", "bitmapscan", "sort", "hashjoin")
)
"""To plan the one question over all tables takes ten times as long as to answer it; so it is planned once, and by its
indexes, whatever the tables hold at that moment: in a backlog any other way takes the longer the more there is."""
ROUND = 0.04
"""Seconds between two looks, unless a nudge or a row's own moment comes earlier."""


class _Due(NamedTuple):
    """A row as it stood: claimed or put back to wait since then, it would be another one."""

    model: type[jobs.Job]
    id: int
    company_id: UUID | None
    run_at: datetime
    claims: int


class Dispatcher:
    """One round of looking is `step()`; `lead()` says whether this process may, `wait()` passes the time between."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._broker = redis.Redis.from_url(settings.REDIS_BROKER_URL, socket_timeout=2, socket_connect_timeout=2)
        self._broker_run = ""
        self._looked_at_broker = 0.0
        self._leading = False
        self._offered: dict[_Due, datetime] = {}
        self._next_due: datetime | None = None
        # a kind of job has one queue here; rows of its table in another one are drained elsewhere
        self._kinds = [model for model in jobs.models_with_jobs() if model.default_queue in settings.JOB_QUEUES]
        # twice as many as may be offered, so that what was is still seen when something older comes to head its lane
        most = [settings.JOB_QUEUES[model.default_queue].depth * 2 for model in self._kinds]
        self._question = job_statements.due(list(zip(self._kinds, most, strict=True)))

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
            self._offered.clear()
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {jobs.CHANNEL}")
                cursor.execute(_PLANNING)
        return self._leading

    def lost_session(self) -> None:
        """The database connection is gone, and the leader's lock with it."""
        self._leading = False
        connection.close()

    def lost_broker(self) -> None:
        """Redis is gone: what was offered may never arrive."""
        self._offered.clear()

    def step(self) -> int:
        """Offer what is due now; returns how many rows. Raises redis and database errors to the loop."""
        self._look_at_broker()
        now = clock.now()
        found = self._look(now)
        # whatever else was offered has been taken, or is due at another time now
        known = {row: self._offered[row] for row in found if row in self._offered}
        lengths = self._lengths({row.model.default_queue for row in found if known.get(row, now) <= now})
        # what lapsed in a queue from which nobody takes any task would only pile up there
        waits = {queue: _QUEUED_AT_MOST for queue, length in lengths.items() if length}
        self._offered = {
            row: until for row, until in known.items() if until + waits.get(row.model.default_queue, timedelta()) > now
        }
        offered = Counter(row.model.default_queue for row in self._offered)
        # tasks may outnumber the offers: those of rows that were put off meanwhile
        room = {each: settings.JOB_QUEUES[each].depth - max(offered[each], lengths[each]) for each in lengths}
        new: dict[type[jobs.Job], list[_Due]] = defaultdict(list)
        for row in sorted(found, key=lambda row: row.run_at):
            if row not in self._offered and room[row.model.default_queue] > 0:
                room[row.model.default_queue] -= 1
                new[row.model].append(row)
        for model, rows in new.items():
            self._send(model, rows)
            until = now + timedelta(seconds=settings.JOB_QUEUES[model.default_queue].offer_seconds)
            self._offered |= dict.fromkeys(rows, until)
        return sum(map(len, new.values()))

    def _lengths(self, queues: set[str]) -> dict[str, int]:
        """How many tasks lie in these queues."""
        return {queue: int(self._broker.llen(queue)) for queue in queues}

    def _look_at_broker(self) -> None:
        """One that was started anew has forgotten the tasks, and may be back before anybody missed it."""
        if clock.monotonic() - self._looked_at_broker < _LOOK_AT_BROKER_EVERY:
            return
        run = str(self._broker.info("server")["run_id"])
        self._looked_at_broker = clock.monotonic()
        if run != self._broker_run:
            self._broker_run = run
            self.lost_broker()

    def _look(self, now: datetime) -> list[_Due]:
        """The oldest due rows that head their lanes; notes when the next is due."""
        # past Django's cursor, which cannot prepare: this is asked all day, and planning it costs more than the answer;
        # the raw one, because the other reads so long a text anew each time
        with connection.wrap_database_errors, psycopg.RawCursor(connection.connection) as cursor:
            cursor.execute(self._question, [now, now + timedelta(seconds=ROUND)], prepare=True)
            rows = [_Due(self._kinds[place], *values) for place, *values in cursor.fetchall()]
        self._next_due = min((row.run_at for row in rows if row.run_at > now), default=None)
        return [row for row in rows if row.run_at <= now]

    def wait(self, seconds: float) -> None:
        """Let time pass until the next row falls due, somebody nudges, or `seconds` are over."""
        if self._next_due is not None:
            seconds = min(seconds, max(0.0, (self._next_due - clock.now()).total_seconds()))
        if connection.connection is not None:
            with connection.wrap_database_errors:
                for word in connection.connection.notifies(timeout=seconds, stop_after=1):
                    self._forget_offers(word.payload)

    def _forget_offers(self, queue: str) -> None:
        """The worker of this queue may have died with tasks in its hands; a mere nudge names none."""
        self._offered = {row: until for row, until in self._offered.items() if row.model.default_queue != queue}

    def _send(self, model: type[jobs.Job], rows: list[_Due]) -> None:
        """A task for each row; of many at once a task takes several, because a task costs as much as a row's work."""
        label, queue = model._meta.label, model.default_queue
        named = [(row.id, str(row.company_id) if row.company_id else None) for row in rows]
        spread = settings.JOB_QUEUES[queue].spread or len(named)
        with self._app.producer_or_acquire() as producer:
            for share in (named[start::spread] for start in range(min(spread, len(named)))):
                name, args = ("jobs.run", (label, *share[0])) if len(share) == 1 else ("jobs.run_all", (label, share))
                self._app.send_task(name, args=args, queue=queue, producer=producer, retry=False)
