"""Runs a test: has its conversation with the draft, with tools that answer from the record, and judges what came.

What was had and what was judged is kept as it goes: a judge that is busy or says nothing is asked again, for what it
did not judge yet, and nothing else is done twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.db import transaction

from assistants.engine import judging
from assistants.errors import ModelRejected, ModelUnavailable
from assistants.llm.model import Message, never
from assistants.models import Assistant, AssistantTest, Rehearsal
from assistants.services import answering, exchanges, providers, testing, trials
from assistants.types import CallRecord, Scene, TranscriptEntry
from happ_project.core import clock, jobs

Verdict = Rehearsal.Verdict
_JUDGES_PATIENCE = 40.0
_LONGEST_PAUSE = timedelta(minutes=1)
"""That a server may ask for: somebody pressed Run and looks."""


def run(row: Rehearsal) -> None:
    """The work of a run: never inside a transaction."""
    test = AssistantTest.objects.select_related("assistant__company").get(pk=row.test_id)
    assistant = trials.speaker(test.assistant, {})
    assistant.company = test.assistant.company
    row.draft = testing.digest(test.assistant)
    mark = testing.mark(test, row.draft)
    if row.progress.get("of") != mark:
        row.progress, row.seconds = {"of": mark}, 0
    try:
        happened = _kept(row) or _converse(row, test, assistant)
        checks = _judged(row, test, happened, _judge(assistant))
    except ModelUnavailable as error:
        delay = timedelta(seconds=error.retry_after) if error.retry_after else jobs.backoff(row.attempts)
        if delay > _LONGEST_PAUSE:
            raise jobs.GiveUp(str(error)) from error
        raise jobs.Retry(delay, str(error)) from error
    except ModelRejected as error:
        raise jobs.GiveUp(str(error)) from error
    row.checks, row.verdict, row.progress = [asdict(each) for each in checks], _verdict(checks), {}
    with transaction.atomic():
        jobs.finish(row)
        row.save(update_fields=["checks", "verdict", "progress"])


def gave_up(row: Rehearsal) -> None:
    """It could not be run, which is no verdict on the assistant."""
    row.verdict = Verdict.BROKEN
    row.checks = []
    row.save(update_fields=["verdict", "checks"])


def _converse(row: Rehearsal, test: AssistantTest, assistant: Assistant) -> judging.Happened:
    """Each line of the customer is answered before the next one is said; a handoff ends it."""
    scene = Scene(purpose="test", turn=f"test-{row.pk}", source="PLAYGROUND", stand_ins=_stand_ins(test))
    started = clock.monotonic()
    transcript: list[TranscriptEntry] = []
    answers: list[str] = []
    handed_off = False
    for line in test.lines[: testing.MOST_LINES]:
        transcript.append(TranscriptEntry(role="customer", text=line, at=clock.now()))
        scene.exchanges.clear()  # what they took is written down with each answer
        outcome = answering.answer(assistant, transcript, cancelled=never, scene=scene)
        if outcome.usage:
            row.model = outcome.usage.model or outcome.usage.provider
        if outcome.text:
            answers.append(outcome.text)
            transcript.append(TranscriptEntry(role="assistant", text=outcome.text, at=clock.now()))
        if outcome.kind == "handoff":
            handed_off = True
            break
    row.said = [{"role": entry.role, "text": entry.text} for entry in transcript]
    calls = [asdict(each) for each in scene.calls]
    row.progress |= {"answers": answers, "calls": calls, "handedOff": handed_off, "checks": []}
    _keep(row, seconds=clock.monotonic() - started)
    return _happened(row)


def _happened(row: Rehearsal) -> judging.Happened:
    return judging.Happened(
        said=[(each["role"], each["text"]) for each in row.said],
        answers=row.progress["answers"],
        calls=[CallRecord(**each) for each in row.progress["calls"]],
        handed_off=row.progress["handedOff"],
    )


def _kept(row: Rehearsal) -> judging.Happened | None:
    """The conversation, where an earlier try had it already."""
    return _happened(row) if "answers" in row.progress else None


def _keep(row: Rehearsal, *, seconds: float) -> None:
    """What this try has come to, as long as it is ours; raises `LostLease`."""
    row.seconds = round((row.seconds or 0) + seconds, 2)
    names = ("said", "progress", "seconds", "model", "draft")
    if not jobs.owned(row).update(**{name: getattr(row, name) for name in names}):
        raise jobs.LostLease


def _judged(
    row: Rehearsal, test: AssistantTest, happened: judging.Happened, judge: judging.Judge | None
) -> list[judging.Check]:
    known: list[dict[str, Any]] = row.progress["checks"]
    for expectation in test.expectations[len(known) :]:
        started = clock.monotonic()
        known.append(asdict(judging.check(expectation, happened, judge)))
        _keep(row, seconds=clock.monotonic() - started)
    return [judging.Check(**each) for each in known]


def _stand_ins(test: AssistantTest) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in test.recorded:
        found.setdefault(str(each.get("name", "")), []).append(str(each.get("output", "")))
    return found


def _judge(assistant: Assistant) -> judging.Judge | None:
    model = providers.language_model(assistant)
    if model is None:
        return None

    def ask(messages: list[Message]) -> str:
        company_id = assistant.company_id
        return exchanges.ask(
            model, messages, purpose="test", company_id=company_id, assistant_id=assistant.pk, timeout=_JUDGES_PATIENCE
        ).text

    return ask


def _verdict(checks: Iterable[judging.Check]) -> str:
    found = [each.ok for each in checks]
    if False in found:
        return Verdict.FAILED
    return Verdict.UNJUDGED if None in found else Verdict.PASSED
