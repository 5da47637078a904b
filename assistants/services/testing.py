"""Tests of an assistant: kept, and run on its draft."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext as _

from assistants.models import Assistant, AssistantTest, Rehearsal
from assistants.services import snapshots
from happ_project.core import jobs
from happ_project.core.jobs import Job

MOST_LINES = 20
_RUNNING, _MISSING = "running", "missing"
_MOST_TESTS = 200
Verdict = Rehearsal.Verdict


class TooMany(Exception):
    """An assistant has as many tests as it may have."""


def tests(assistant: Assistant) -> models.QuerySet[AssistantTest]:
    return AssistantTest.objects.filter(assistant_id=assistant.pk).order_by("name", "id")


def create(assistant: Assistant, **fields: Any) -> AssistantTest:
    """`fields` are columns. Raises `TooMany`."""
    if tests(assistant).count() >= _MOST_TESTS:
        raise TooMany(_("An assistant has at most %d tests.") % _MOST_TESTS)
    return AssistantTest.objects.create(company_id=assistant.company_id, assistant_id=assistant.pk, **fields)


def change(test: AssistantTest, **fields: Any) -> AssistantTest:
    for name, value in fields.items():
        setattr(test, name, value)
    test.save(update_fields=[*fields, "updated_at"])
    return test


def copy(test: AssistantTest, assistant: Assistant) -> AssistantTest:
    """The same test for another assistant, without its runs."""
    names = ("name", "lines", "recorded", "expectations")
    return create(assistant, **{name: getattr(test, name) for name in names})


def run(assistant: Assistant, only: UUID | None = None) -> int:
    """Have the tests tried on the draft as it is now; those that wait already are not asked twice. Returns how many."""
    return _begin(assistant, tests(assistant).filter(pk=only) if only else tests(assistant))


def run_unpassed(assistant: Assistant) -> bool:
    """The same for those that have not passed on this very draft. True: some have not, and are tried now."""
    wanted = [test.pk for test, verdict in _standing(assistant) if verdict != Verdict.PASSED]
    _begin(assistant, tests(assistant).filter(pk__in=wanted))
    return bool(wanted)


@transaction.atomic
def _begin(assistant: Assistant, wanted: models.QuerySet[AssistantTest]) -> int:
    busy = set(Rehearsal.objects.filter(test__in=wanted, state__in=Job.OPEN).values_list("test_id", flat=True))
    mark = digest(assistant)
    rows = [
        Rehearsal(company_id=test.company_id, test=test, draft=mark, lane=f"test:{test.pk}")
        for test in wanted
        if test.pk not in busy
    ]
    for row in rows:
        row.save()
    if rows:
        jobs.nudge()
    return len(rows)


def digest(assistant: Assistant) -> str:
    """Which draft this is: a run of another one says nothing of it."""
    content = snapshots.of_draft(assistant)
    servers = [content.servers] if content.servers else []
    told = json.dumps([content.settings, content.tools, *servers], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def mark(test: AssistantTest, draft: str) -> str:
    """Which test of which draft this is: what an earlier try of another one has come to is of no use."""
    told = json.dumps([draft, test.lines, test.recorded, test.expectations], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def latest(assistant: Assistant) -> dict[UUID, Rehearsal]:
    """The newest run of each test."""
    found = Rehearsal.objects.filter(test__assistant_id=assistant.pk).order_by("test_id", "-id").distinct("test_id")
    return {run.test_id: run for run in found}


def summary(assistant: Assistant) -> dict[str, int]:
    """How the tests stand for the draft as it is now: by verdict, `running`, and `missing` where nobody tried yet."""
    counts = {"all": 0, _RUNNING: 0, _MISSING: 0, **{str(verdict): 0 for verdict in Verdict.values}}
    for _test, verdict in _standing(assistant):
        counts["all"] += 1
        counts[verdict] += 1
    return counts


def _standing(assistant: Assistant) -> Iterator[tuple[AssistantTest, str]]:
    """Each test with its verdict on the draft as it is now."""
    now, runs = digest(assistant), latest(assistant)
    for test in tests(assistant):
        run = runs.get(test.pk)
        if run is not None and run.state in Job.OPEN:
            yield test, _RUNNING
        elif run is None or run.draft != now or run.created_at < test.updated_at:
            yield test, _MISSING
        else:
            yield test, run.verdict or Verdict.BROKEN
