"""How the work stands: what waits longer than it should, what is tried over and over, what has failed of late."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from happ_project.core import clock, jobs

LATE = timedelta(minutes=2)
"""Due work is begun within seconds; what has been due for so long is stuck, or too much."""
_LATEST = 10_000
"""Failures are looked for among so many of the newest rows: older ones are history, and the tables grow long."""
_OF_LATE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Of one kind of work. `late`: due and not begun; `retried`: waits after a try that failed; `failed`: for good."""

    model: type[jobs.Job]
    late: int
    retried: int
    since: datetime | None
    failed: int
    last_error: str

    @property
    def name(self) -> str:
        return str(self.model._meta.verbose_name_plural)

    @property
    def wants_a_look(self) -> bool:
        """Retries are an everyday thing where others are asked; late and failed work is not, nor is a mail retried."""
        failed, retried = self.failed and self.model.failure_is_trouble, self.retried and self.model.retry_is_trouble
        return bool(self.late or failed or retried)


def of_all_work() -> list[Standing]:
    """Of every kind of work, across companies; two small statements for each."""
    return [_of(model) for model in jobs.models_with_jobs()]


def waits_in_vain() -> list[str]:
    """The kinds of work of which something is late, or is retried where that is trouble; cheap enough to be polled."""
    return [model._meta.model_name or "" for model in jobs.models_with_jobs() if _open_trouble(model).exists()]


def _late(model: type[jobs.Job]) -> Q:
    """At the head of its lane and drained by Celery: what waits for a session waits for somebody to log in."""
    now = clock.now()
    free = Q(locked_until=None) | Q(locked_until__lt=now)
    older = model._base_manager.filter(lane=OuterRef("lane"), pk__lt=OuterRef("pk"), state__in=jobs.Job.OPEN)
    return free & Q(run_at__lt=now - LATE, queue__in=list(settings.JOB_QUEUES)) & Q(~Exists(older))


def _retried() -> Q:
    return Q(state=jobs.Job.State.WAITING, attempts__gt=0)


def _open(model: type[jobs.Job]) -> QuerySet[jobs.Job]:
    # the base manager: staff looks across companies, and some rows have none
    return model._base_manager.filter(state__in=jobs.Job.OPEN)


def _open_trouble(model: type[jobs.Job]) -> QuerySet[jobs.Job]:
    return _open(model).filter(_late(model) | _retried() if model.retry_is_trouble else _late(model))


def _of(model: type[jobs.Job]) -> Standing:
    waiting = _open(model).aggregate(
        late=Count("pk", filter=_late(model)),
        retried=Count("pk", filter=_retried()),
        since=Min("run_at", filter=_late(model)),
    )
    newest = model._base_manager.aggregate(newest=Max("pk"))["newest"] or 0
    recent = model._base_manager.filter(pk__gt=newest - _LATEST)
    failed = recent.filter(state=jobs.Job.State.FAILED, finished_at__gt=clock.now() - _OF_LATE)
    troubled = recent.filter(state__in=[jobs.Job.State.FAILED, jobs.Job.State.WAITING]).exclude(last_error="")
    last = troubled.order_by("-pk").values_list("last_error", flat=True).first()
    return Standing(model=model, failed=failed.count(), last_error=(last or "").partition("\n")[0][:200], **waiting)
