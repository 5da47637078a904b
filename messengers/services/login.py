"""Logging in with a platform, in generic steps: the web writes answers and reads the step, a worker talks."""

import logging
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop as _

from happ_project.core import clock, jobs
from messengers import registry, types
from messengers.adapter import Adapter
from messengers.errors import LoginRequired, MessengerError, Rejected, TryLater
from messengers.models import LoginAttempt
from messengers.services import addresses, choices, nudges
from messengers.services import io as at_work
from messengers.services.io import adapter_for_login

log = logging.getLogger(__name__)

_EXPIRES = timedelta(minutes=20)


def start(*, company_id: UUID, kind: str, started_by: Any = None) -> LoginAttempt:
    """Begin a login; the first step is worked out by a worker and read with `step_of`."""
    registry.get(kind)
    attempt = LoginAttempt(company_id=company_id, kind=kind, started_by=started_by, expires_at=clock.now() + _EXPIRES)
    attempt.lane = f"login:{attempt.public_id}"
    attempt.save()
    return attempt


def step_of(attempt: LoginAttempt) -> types.LoginStep | None:
    """The step to show; None while a worker is at it."""
    if attempt.state in jobs.Job.OPEN and attempt.memory.get("answer") is not None:
        return None
    shown = attempt.memory.get("step")
    return types.load(shown) if shown else None


@transaction.atomic
def answer(attempt: LoginAttempt, values: dict[str, str]) -> None:
    """Hand a person's answer to the worker. A second press of the button while it works changes nothing."""
    attempt = LoginAttempt.objects.select_for_update().get(pk=attempt.pk)
    if attempt.status != LoginAttempt.Status.ACTIVE or attempt.memory.get("answer") is not None:
        return
    attempt.memory = {**attempt.memory, "answer": values}
    attempt.error = ""
    attempt.save(update_fields=["memory", "error"])
    jobs.redrive(attempt)


def advance(attempt: LoginAttempt) -> None:
    """The work of an attempt: one step with the platform."""
    adapter = adapter_for_login(attempt.kind)
    talk = types.Attempt(
        webhook_url=addresses.webhook_url(attempt.kind, attempt.webhook_token),
        return_url=addresses.return_url(),
        state=dict(attempt.memory.get("state") or {}),
        called_at=attempt.called_at,
        known=partial(addresses.known, attempt.kind, company_id=attempt.company_id),
    )
    if clock.now() > attempt.expires_at:
        _expire(attempt, adapter, talk)
        return
    if attempt.queue == nudges.QUEUE:
        talk.show, talk.stopped = partial(_show, attempt, talk), at_work.stopping.is_set
    try:
        step = adapter.login(talk, attempt.memory.get("answer"))
    except TryLater as error:
        delay = timedelta(seconds=error.retry_after or 3)
        raise jobs.Retry(delay, str(error), counted=error.retry_after is None) from error
    except (Rejected, LoginRequired) as error:
        _take_back(adapter, talk)
        _fail(attempt, str(error))
        return
    if isinstance(step, types.Done):
        _adopt(attempt, step, adapter, talk)
        return
    _remember(attempt, talk, step)


def _remember(attempt: LoginAttempt, talk: types.Attempt, step: types.LoginStep) -> None:
    if isinstance(step, types.Ask):
        step = choices.mark_taken(step, company_id=attempt.company_id)
    attempt.memory = {"state": talk.state, "step": types.dump(step), "answer": None}
    attempt.queue = nudges.QUEUE if talk.needs_runner else LoginAttempt.default_queue
    with transaction.atomic():
        attempt.save(update_fields=["memory", "queue"])
        if talk.needs_runner:
            jobs.postpone(attempt, timedelta(0), counted=False)
            nudges.work_waits()
        elif isinstance(step, types.Show):
            jobs.postpone(attempt, timedelta(seconds=step.poll_after), counted=False)
        elif talk.state:
            # looked at again when it has expired: what nobody finished is taken back at the platform
            jobs.postpone(attempt, attempt.expires_at - clock.now() + timedelta(seconds=1), counted=False)
        else:
            jobs.finish(attempt)


def _show(attempt: LoginAttempt, talk: types.Attempt, step: types.Show) -> None:
    """A step in between, while the work on the attempt goes on."""
    memory = {"state": talk.state, "step": types.dump(step), "answer": None}
    if not jobs.owned(attempt).update(memory=memory):
        raise jobs.LostLease


def _expire(attempt: LoginAttempt, adapter: Adapter, talk: types.Attempt) -> None:
    try:
        adapter.abandon(talk)
    except TryLater as error:
        raise jobs.Retry(jobs.backoff(attempt.attempts), str(error)) from error
    except MessengerError as error:
        log.info("an expired login was not taken back: %s", error)
    _fail(attempt, _("This login took too long. Please start again."))


def _take_back(adapter: Adapter, talk: types.Attempt) -> None:
    try:
        adapter.abandon(talk)
    except MessengerError as error:
        log.info("a failed login was not taken back: %s", error)


def _adopt(attempt: LoginAttempt, done: types.Done, adapter: Adapter, talk: types.Attempt) -> None:
    try:
        with transaction.atomic():
            connected = addresses.adopt(
                company_id=attempt.company_id,
                kind=attempt.kind,
                done=done,
                webhook_token=attempt.webhook_token,
                called_at=attempt.called_at,
            )
            attempt.status, attempt.memory = LoginAttempt.Status.DONE, {}
            attempt.addresses = [str(address.pk) for address in connected]
            attempt.error = done.text
            attempt.save(update_fields=["status", "memory", "addresses", "error"])
            jobs.finish(attempt)
    except Rejected as error:
        _take_back(adapter, talk)
        _fail(attempt, str(error))


def _fail(attempt: LoginAttempt, reason: str) -> None:
    with transaction.atomic():
        attempt.status, attempt.error, attempt.memory = LoginAttempt.Status.FAILED, reason, {}
        attempt.save(update_fields=["status", "error", "memory"])
        jobs.finish(attempt, error=reason)


def give_up(attempt: LoginAttempt) -> None:
    """The work of an attempt failed for good: the person is told instead of being left waiting."""
    attempt.status, attempt.memory = LoginAttempt.Status.FAILED, {}
    attempt.error = _("This did not work. Please try again later.")
    attempt.save(update_fields=["status", "error", "memory"])
