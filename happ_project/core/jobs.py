"""The one kind of background work: a row is the truth, Celery only runs it.

A model that inherits `Job` names the function that does its work (`work`, a dotted path) and its Celery queue. Rows
are made inside the transaction that causes them. The dispatcher (`core/dispatcher.py`) offers due rows to Celery; a
worker calls `run`, which claims the row, does the work, and goes on with the next due row of the same lane.

What the work may say: return (done), raise `Retry(delay)`, raise `GiveUp(reason)`. Anything else it raises is a
failure of ours and is tried again with back-off, `max_attempts` times. Work that must be done exactly once with its
effects calls `finish(job)` inside its own transaction: it raises `LostLease` if another worker has taken over. A model
whose failure somebody has to hear of names a function in `after_failure`.

A claimed row is leased for `LEASE` and the lease is renewed while the worker lives, so the work of a killed worker
starts again within seconds. `claims` counts how often the row was claimed and never goes back: it is the fence that
tells the present worker from an earlier one. Nothing here relies on Celery's acknowledgements, countdowns or results.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, ClassVar
from uuid import UUID

from django.apps import apps
from django.db import Error as DatabaseTrouble
from django.db import InterfaceError, OperationalError, connection, models, transaction

from happ_project.core import clock, job_statements, leases, prepared, tenancy

log = logging.getLogger(__name__)

LEASE = leases.LENGTH
CHANNEL = "jobs"
"""PostgreSQL's name for nudges."""


class Verdict(Exception):
    """What the work says of itself when it cannot simply finish."""


class Retry(Verdict):
    """Try again after `delay`; with `counted=False` the wait was asked for (a limit, a poll) and is no failure."""

    def __init__(self, delay: timedelta, reason: str = "", *, counted: bool = True) -> None:
        super().__init__(reason)
        self.delay, self.reason, self.counted = delay, reason, counted


class GiveUp(Verdict):
    """Trying again is useless; the row is `failed` with this reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LostLease(Exception):
    """Another worker owns the row now: roll back and forget it."""


class Job(models.Model):
    """A row of work. Open means waiting or running; a lane is worked in order of id, one row at a time."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    OPEN: ClassVar = (State.WAITING, State.RUNNING)

    work: ClassVar[str]
    """Dotted path of the function that takes the claimed row and does its work."""
    default_queue: ClassVar[str]
    after_failure: ClassVar[str] = ""
    """Dotted path of a function that is told of a row that failed for good, in the transaction that closes it."""
    max_attempts: ClassVar[int] = 12
    longest_run: ClassVar[int] = 25
    """Rows of one lane that a worker works in a row, before those of other lanes have their turn."""
    retry_is_trouble: ClassVar[bool] = False
    """Whether staff should hear of one that waits after a failed try: nobody else's server is expected to be down."""
    failure_is_trouble: ClassVar[bool] = True
    """Whether one that failed for good wants a look of staff; not where what a company gave is usually at fault."""
    kept_for: ClassVar[timedelta | None] = None
    """How long a finished row is kept; None: as long as what it belongs to."""
    was_last_of_lane = False
    """Known once it is finished; what came into its lane since then is offered by the dispatcher."""

    id = models.BigAutoField(primary_key=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    queue = models.CharField(max_length=20, help_text="Celery queue; others are drained elsewhere")
    lane = models.CharField(max_length=255, help_text="rows of one lane run in order, lanes run in parallel")
    attempts = models.PositiveIntegerField(default=0, help_text="tries that count; waits that were asked for do not")
    claims = models.PositiveIntegerField(default=0, help_text="how often a worker took it: the fence, never goes back")
    run_at = models.DateTimeField(default=clock.now)
    # an offer is the dispatcher's to remember; the words are those of the first migrations
    locked_until = models.DateTimeField(null=True, help_text="offered to a worker, or leased by one, until then")
    last_error = models.TextField(default="", blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        indexes = [
            models.Index(fields=["run_at"], name="%(class)s_due", condition=models.Q(state__in=["waiting", "running"])),
            models.Index(
                fields=["lane", "id"], name="%(class)s_lane", condition=models.Q(state__in=["waiting", "running"])
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.queue = self.queue or self.default_queue
        super().save(*args, **kwargs)


def push_back(model: type[Job], column: str, value: Any, run_at: datetime) -> int:
    """Move the fresh row that waits, with this value in that column, to another time. 0: none waits, or a worker was
    faster."""
    with prepared.cursor() as cursor:
        cursor.execute(job_statements.push_back(model, column), [run_at, value])
        return int(cursor.rowcount)


def models_with_jobs() -> list[type[Job]]:
    """Every concrete kind of job in the house."""
    return [model for model in apps.get_models() if issubclass(model, Job)]


def backoff(attempts: int) -> timedelta:
    """1 s, 2 s, 4 s … up to 10 minutes."""
    return timedelta(seconds=min(2 ** max(attempts - 1, 0), 600))


def claim(model: type[Job], pk: int | None = None, *, lane: str | None = None) -> Any:
    """Lease the row `pk`, or the head of `lane`, if it is due and nothing older in its lane is open; else None."""
    now = clock.now()
    with prepared.cursor() as cursor:  # one round trip: a lane drains as fast as the database commits
        cursor.execute(
            job_statements.claim(model, "id" if pk is not None else "lane"),
            {"key": lane if pk is None else pk, "now": now, "until": now + LEASE},
        )
        row = cursor.fetchone()
    return prepared.read(model, row) if row is not None else None


def finish(job: Any, state: str = Job.State.DONE, *, error: str = "", saving: Sequence[str] = ()) -> None:
    """Close the row, if this claim still owns it; raises `LostLease` if not. `saving`: its columns that changed."""
    columns = tuple(saving)
    changed = [state, error[:2000], clock.now(), *prepared.values_of(job, columns)]
    with prepared.cursor() as cursor:
        cursor.execute(job_statements.finish(job.__class__, columns), [*changed, job.pk, job.claims, job.lane, job.pk])
        row = cursor.fetchone()
    if row is None:
        raise LostLease
    job.state, job.was_last_of_lane = state, not row[0]


def postpone(job: Any, delay: timedelta, *, error: str = "", counted: bool = True, saving: Sequence[str] = ()) -> None:
    """Put the row back to wait; raises `LostLease` if this claim no longer owns it. `saving` as for `finish`."""
    job.attempts = job.attempts if counted else max(job.attempts - 1, 0)
    job.state, job.locked_until = Job.State.WAITING, None
    job.run_at, job.last_error = clock.now() + delay, error[:2000]
    columns = ("state", "run_at", "locked_until", "last_error", "attempts", *saving)
    if not prepared.update_if(job, columns, state=Job.State.RUNNING, claims=job.claims):
        raise LostLease


def owned(job: Any) -> models.QuerySet:
    """The row as long as this claim owns it, to be updated by its work; an update that hits nothing is `LostLease`."""
    return _as_it_was(job).filter(state=Job.State.RUNNING)


def _as_it_was(job: Any) -> models.QuerySet:
    """The row, unless a worker has taken it since it was read."""
    # the base manager: a row without a company (an unreadable webhook) is closed like any other
    return type(job)._base_manager.filter(pk=job.pk, claims=job.claims)


def open_rows(model: type[Job]) -> models.QuerySet:
    """Of every company, for a chore that then opens the scope of each: nothing but whose they are is to be read."""
    return model._base_manager.filter(state__in=Job.OPEN)


def run(label: str, pk: int, company_id: UUID | None) -> int:
    """What a Celery worker does with an offered row: work it, then its lane. Returns how many rows were worked."""
    model = apps.get_model(label)
    with _scope_of(company_id):
        return _work_lane(model, claim(model, pk), company_id)


def run_lane(model: type[Job], lane: str) -> int:
    """Work what is due in a lane here and now, for a caller whose own row made it and whom nobody waits for.

    Call inside the company's scope, after the transaction. Another worker may be faster; that does no harm.
    """
    return _work_lane(model, claim(model, lane=lane), tenancy.current_company_id())


def _work_lane(model: type[Job], job: Any, company_id: UUID | None) -> int:
    worked = 0
    while job is not None:
        if job.company_id != company_id:
            raise AssertionError(f"lane {job.lane} of {model._meta.label} is shared by companies")
        _work(job)
        worked += 1
        if worked >= model.longest_run or job.state == Job.State.WAITING or job.was_last_of_lane:
            break
        job = claim(model, lane=job.lane)
    return worked


@contextmanager
def _scope_of(company_id: UUID | None) -> Iterator[None]:
    if company_id is None:
        yield
        return
    with tenancy.company_scope(company_id):
        yield


def _work(job: Any) -> None:
    try:
        with leases.hold(job):
            _function(job.work)(job)
        if job.state == Job.State.RUNNING:
            finish(job)
    except LostLease:
        log.warning("%s %s: another worker took over", job._meta.label, job.pk)
        job.state = Job.State.WAITING
    except Retry as verdict:
        _again(job, verdict.delay, verdict.reason, counted=verdict.counted)
    except GiveUp as verdict:
        _close_failed(job, verdict.reason)
    except (OperationalError, InterfaceError) as error:
        log.warning("%s %s: database: %s", job._meta.label, job.pk, error)
        _again_if_the_database_lives(job, str(error))
    except Exception as error:
        log.exception("%s %s failed (attempt %s)", job._meta.label, job.pk, job.attempts)
        _again(job, backoff(job.attempts), f"{type(error).__name__}: {error}", counted=True)


def _again(job: Any, delay: timedelta, reason: str, *, counted: bool) -> None:
    if counted and job.attempts >= job.max_attempts:
        _close_failed(job, reason)
        return
    try:
        postpone(job, delay, error=reason, counted=counted)
    except LostLease:
        job.state = Job.State.WAITING


def _again_if_the_database_lives(job: Any, reason: str) -> None:
    """On a new connection; else the row stays leased, the lease runs out and the dispatcher offers it again."""
    connection.close()
    job.state = Job.State.WAITING
    try:
        _again(job, backoff(job.attempts), reason, counted=True)
    except DatabaseTrouble:
        connection.close()


def _close_failed(job: Any, reason: str) -> None:
    try:
        with transaction.atomic():
            finish(job, Job.State.FAILED, error=reason)
            if job.after_failure:
                _function(job.after_failure)(job)
    except LostLease:
        job.state = Job.State.WAITING
    except Exception:
        log.exception("%s %s failed for good, and so did what should follow", job._meta.label, job.pk)
        finish(job, Job.State.FAILED, error=reason)


_functions: dict[str, Any] = {}


def _function(path: str) -> Any:
    if path not in _functions:
        module, _, name = path.rpartition(".")
        _functions[path] = getattr(import_module(module), name)
    return _functions[path]


def cancel(rows: models.QuerySet, *, reason: str) -> int:
    """Close open rows that need not run any more; a running one loses its lease and its result is thrown away."""
    return rows.filter(state__in=Job.OPEN).update(
        state=Job.State.CANCELLED, locked_until=None, last_error=reason, finished_at=clock.now()
    )


def nudge() -> None:
    """Have the dispatcher look at once when the open transaction commits, for what somebody is waiting for."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")


def withdraw_offers(queue: str) -> None:
    """Have the dispatcher offer again what it offered to a queue: its tasks may be lost, and a double one does no
    harm."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, queue])


def redrive(job: Any) -> None:
    """Give a row another round of attempts, now; unless a worker has taken it since it was read."""
    job.state, job.attempts, job.run_at = Job.State.WAITING, 0, clock.now()
    job.locked_until, job.finished_at = None, None
    names = ("state", "attempts", "run_at", "locked_until", "finished_at")
    _as_it_was(job).update(**{name: getattr(job, name) for name in names})


def forget_finished() -> int:
    """Delete finished rows whose time has passed; returns how many."""
    count = 0
    for model in models_with_jobs():
        if model.kept_for is not None:
            until = clock.now() - model.kept_for
            closed = model._base_manager.filter(finished_at__lt=until).exclude(state__in=Job.OPEN)
            count += closed.delete()[0]
    return count
