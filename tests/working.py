"""What journeys need: a clock to move, due jobs to work, a mind to script, rows that are really committed.

Import the fixtures into a `conftest.py`. `db` tests wrap everything in one transaction and are quick; where two
connections meet, use `committed`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection, models

from assistants.models import Assistant
from assistants.types import Outcome, Scene, TranscriptEntry, Usage
from conversations.models import AiTurn
from conversations.services import ai_turns, watching
from happ_project.companies.models import Mail
from happ_project.core import clock, jobs

# --- time -------------------------------------------------------------------------------------------------------------


class Time:
    """Stands still until it is told to pass by."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    def pass_by(self, seconds: float) -> None:
        self._traveller.shift(timedelta(seconds=seconds))


@pytest.fixture
def time() -> Iterator[Time]:
    with time_machine.travel(datetime.now(UTC), tick=False) as traveller:
        yield Time(traveller)


# --- work -------------------------------------------------------------------------------------------------------------


def due(*kinds: type[jobs.Job]) -> list[jobs.Job]:
    """What the dispatcher would offer now, oldest first."""
    now = clock.now()
    free = models.Q(locked_until=None) | models.Q(locked_until__lte=now)
    found: list[jobs.Job] = []
    for model in kinds or jobs.models_with_jobs():
        rows = model._base_manager.filter(free, state__in=jobs.Job.OPEN, run_at__lte=now)
        found += [row for row in rows.order_by("run_at", "id") if row.queue != "sessions"]
    return found


def work(*kinds: type[jobs.Job]) -> int:
    """Work what is due, and what that makes due, until nothing is; returns how many rows were worked."""
    worked = 0
    for _round in range(50):
        done = sum(jobs.run(row._meta.label, row.pk, row.company_id) for row in due(*kinds))  # type: ignore[attr-defined]
        if not done:
            return worked
        worked += done
    raise AssertionError("the work does not end")


def work_for(time: Time, seconds: float) -> None:
    """Let time pass by, with workers at work all the while: each row is worked at the moment it is due."""
    end = clock.now() + timedelta(seconds=seconds)
    work()
    while (moment := _next_due()) is not None and moment <= end:
        time.pass_by((moment - clock.now()).total_seconds())
        work()
    time.pass_by((end - clock.now()).total_seconds())


def posted() -> list[EmailMultiAlternatives]:
    """The mails that people got, oldest first; those that wait are sent now."""
    work(Mail)
    return list(mail.outbox)


def _next_due() -> datetime | None:
    found = [
        model._base_manager.filter(state=jobs.Job.State.WAITING, run_at__gt=clock.now())
        .exclude(queue="sessions")
        .aggregate(first=models.Min("run_at"))["first"]
        for model in jobs.models_with_jobs()
    ]
    return min((moment for moment in found if moment is not None), default=None)


# --- the mind ---------------------------------------------------------------------------------------------------------


@dataclass
class Mind:
    """Stands in for `assistants.services.answering`: what it was shown, what it says, what happens while it thinks."""

    says: list[str | Outcome | Exception] = field(default_factory=list)
    transcripts: list[list[TranscriptEntry]] = field(default_factory=list)
    speakers: list[Assistant] = field(default_factory=list)
    language: str = "en"
    meanwhile: Callable[[], Any] | None = None
    heeds: bool = False
    """Whether it looks, before it answers, if its turn has lost its point."""

    def answer(
        self,
        assistant: Assistant,
        transcript: Sequence[TranscriptEntry],
        *,
        cancelled: Callable[[], bool],
        scene: Scene | None = None,
    ) -> Outcome:
        assert not _in_transaction(), "thinking inside a transaction"
        self.transcripts.append(list(transcript))
        self.speakers.append(assistant)
        happens, self.meanwhile = self.meanwhile, None
        if happens:
            happens()
        if self.heeds and cancelled():
            raise ai_turns.errors.Cancelled
        said = self.says.pop(0) if self.says else "We open at nine."
        if isinstance(said, Exception):
            raise said
        usage = Usage(provider="mind", model="mind-1", input_tokens=20, output_tokens=4, seconds=0.1)
        return said if isinstance(said, Outcome) else Outcome(kind="answer", text=said, usage=usage)

    def language_of(self, assistant: Assistant | None, transcript: Sequence[TranscriptEntry]) -> str:
        return self.language

    @property
    def heard(self) -> list[str]:
        """What customers had said, as of the last time it was asked."""
        return [entry.text for entry in self.transcripts[-1] if entry.role == "customer"]


def _in_transaction() -> bool:
    return any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


@pytest.fixture
def mind(monkeypatch: pytest.MonkeyPatch) -> Mind:
    mind = Mind()
    monkeypatch.setattr(ai_turns, "answering", mind)
    # it is asked whether to go on at any time, not each half second only
    monkeypatch.setattr(watching, "_LOOK_AGAIN", 0)
    return mind


def outcomes() -> list[str]:
    """How the turns ended, in order; the state of those that have not."""
    return [turn.outcome or turn.state for turn in AiTurn._base_manager.order_by("id")]


# --- two at once ------------------------------------------------------------------------------------------------------


@pytest.fixture
def committed(transactional_db: None) -> None:
    """Rows are really committed, and gone afterwards."""


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """Run the actions in threads of their own, each with a connection of its own; returns what they returned.

    The first exception is raised here.
    """
    results: list[Any] = [None] * len(actions)
    errors: list[BaseException] = []
    ready = threading.Barrier(len(actions))

    def run(i: int, action: Callable[[], Any]) -> None:
        try:
            ready.wait(10)
            results[i] = action()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(i, action)) for i, action in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "an action does not end"
    if errors:
        raise errors[0]
    return results
