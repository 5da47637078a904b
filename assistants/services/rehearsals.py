"""Runs a test: has its conversation with the draft, with tools that answer from the record, and judges what came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta

from django.db import transaction

from assistants.engine import judging
from assistants.errors import ModelRejected, ModelUnavailable
from assistants.llm.model import Message, never
from assistants.models import Assistant, AssistantTest, Rehearsal
from assistants.services import answering, providers, testing, trials, usage
from assistants.types import Scene, TranscriptEntry
from happ_project.core import clock, jobs

Verdict = Rehearsal.Verdict
_JUDGES_PATIENCE = 40.0


def run(row: Rehearsal) -> None:
    """The work of a run: never inside a transaction."""
    test = AssistantTest.objects.select_related("assistant__company").get(pk=row.test_id)
    started = clock.monotonic()
    row.draft = testing.digest(test.assistant)
    assistant = trials.speaker(test.assistant, {})
    assistant.company = test.assistant.company
    try:
        happened = _converse(row, test, assistant)
        checks = [judging.check(each, happened, _judge(assistant)) for each in test.expectations]
    except ModelUnavailable as error:
        delay = timedelta(seconds=error.retry_after) if error.retry_after else jobs.backoff(row.attempts)
        raise jobs.Retry(delay, str(error)) from error
    except ModelRejected as error:
        raise jobs.GiveUp(str(error)) from error
    row.said = [{"role": role, "text": text} for role, text in happened.said]
    row.checks, row.verdict = [asdict(each) for each in checks], _verdict(checks)
    row.seconds = round(clock.monotonic() - started, 2)
    with transaction.atomic():
        jobs.finish(row)
        row.save(update_fields=["said", "checks", "verdict", "seconds", "model", "draft"])


def gave_up(row: Rehearsal) -> None:
    """It could not be run, which is no verdict on the assistant."""
    row.verdict = Verdict.BROKEN
    row.checks = []
    row.save(update_fields=["verdict", "checks"])


def _converse(row: Rehearsal, test: AssistantTest, assistant: Assistant) -> judging.Happened:
    """Each line of the customer is answered before the next one is said; a handoff ends it."""
    scene = Scene(purpose="test", turn=f"test-{row.pk}", source="PLAYGROUND", stand_ins=_stand_ins(test))
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
    said = [(entry.role, entry.text) for entry in transcript]
    return judging.Happened(said=said, answers=answers, calls=list(scene.calls), handed_off=handed_off)


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
        completion = model.complete(messages, timeout=_JUDGES_PATIENCE)
        usage.record(company_id=assistant.company_id, assistant_id=assistant.pk, purpose="test", usage=completion.usage)
        return completion.text

    return ask


def _verdict(checks: Iterable[judging.Check]) -> str:
    found = [each.ok for each in checks]
    if False in found:
        return Verdict.FAILED
    return Verdict.UNJUDGED if None in found else Verdict.PASSED
