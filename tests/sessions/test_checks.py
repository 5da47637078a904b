"""Celery's part in sessions: it has them started and stopped at once, and says of one without a runner that it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from happ_project.core import clock, health, jobs
from integrations.models import Event
from integrations.services import integrations
from messengers import tasks
from messengers.models import Address, AddressTask, SessionLease
from messengers.services import accounts, session_checks
from messengers.sessions import lease
from messengers.sessions import runner as runners_module
from tests.doubles.telegram import Running
from tests.sessions.conftest import Line, RunnerThread, until

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = session_checks.PATIENCE + timedelta(seconds=1)


@pytest.fixture(autouse=True)
def no_sign_of_life() -> Iterator[None]:
    health.state_store().delete("heartbeat:sessions")
    yield
    health.state_store().delete("heartbeat:sessions")


def left(line: Line, since: timedelta = LONG_AGO) -> None:
    """The account had a runner, until then."""
    lease.take(line.account.pk, line.company.pk, "gone")
    lease.drop(line.account.pk, line.company.pk, "gone")
    with line.scope():
        SessionLease.objects.update(until=clock.now() - since)


def was_connected(line: Line) -> None:
    with line.scope():
        Address.objects.update(state="connected", state_detail="")


def work(line: Line) -> AddressTask:
    """Do what a Celery worker does with the newest start or stop."""
    with line.scope():
        task = AddressTask.objects.filter(what="session").latest("id")
        AddressTask.objects.filter(pk=task.pk).update(run_at=clock.now())
    jobs.run("messengers.AddressTask", task.pk, line.company.pk)
    with line.scope():
        task.refresh_from_db()
    return task


# --- checking ---


def test_without_a_runner_an_account_is_not_called_connected(line: Line, client: Client) -> None:
    was_connected(line)
    left(line)
    client.force_login(line.company.owner)
    known = line.ask(lambda: Event.objects.count())

    tasks.check_sessions()

    assert line.address.state == "connecting"
    assert line.address.state_detail.startswith("No session runner is running")
    (news,) = line.ask(lambda: list(Event.objects.order_by("id"))[known:])
    assert (news.type, news.payload["state"]) == ("INTEGRATION_CHANGED", "connecting")
    assert "No session runner is running" in client.get("/integrations/").content.decode()
    tasks.check_sessions()
    assert line.ask(lambda: Event.objects.count()) == known + 1, "it is told once"


def test_it_is_connected_again_when_a_runner_holds_it(line: Line, runners: Callable[..., RunnerThread]) -> None:
    left(line)
    tasks.check_sessions()
    assert line.address.state_detail

    runners()

    until(lambda: line.address.state == "connected")
    assert line.address.state_detail == ""
    tasks.check_sessions()
    assert line.address.state == "connected"


def test_a_killed_runner_is_noticed_by_its_lease(line: Line) -> None:
    was_connected(line)
    lease.take(line.account.pk, line.company.pk, "killed")
    tasks.check_sessions()
    assert line.address.state == "connected"

    with line.scope():
        SessionLease.objects.update(until=clock.now() - LONG_AGO)
    tasks.check_sessions()

    assert line.address.state == "connecting"


def test_where_runners_live_it_waits_for_one(line: Line) -> None:
    health.state_store().set("heartbeat:sessions", "1", ex=30)
    left(line)

    tasks.check_sessions()

    assert line.address.state_detail == "It waits for a session runner to connect it."


def test_what_a_deploy_takes_is_not_told(line: Line) -> None:
    was_connected(line)
    left(line, since=timedelta(seconds=5))

    tasks.check_sessions()

    assert line.address.state == "connected"


def test_one_that_no_runner_ever_held_is_told_after_the_same_while(line: Line) -> None:
    tasks.check_sessions()
    assert line.address.state_detail == ""

    with line.scope():
        SessionLease.objects.update(until=clock.now() - LONG_AGO)
    tasks.check_sessions()

    assert line.address.state_detail


@pytest.mark.parametrize("why", ["login_required", "limited", "off", "closed"])
def test_one_that_nobody_should_connect_is_left_alone(line: Line, why: str) -> None:
    was_connected(line)
    left(line)
    with line.scope():
        if why == "login_required":
            Address.objects.update(state="login_required")
        elif why == "limited":
            SessionLease.objects.update(retry_at=clock.now() + timedelta(minutes=9))
        elif why == "off":
            integrations.switch_off(line.integration)
        else:
            type(line.company).objects.filter(pk=line.company.pk).update(status="closed")
    before = line.address.state

    tasks.check_sessions()

    assert (line.address.state, line.address.state_detail) == (before, "")


# --- starting and stopping ---


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch, runners: Callable[..., RunnerThread]) -> RunnerThread:
    """A runner that would look round by itself once an hour only."""
    monkeypatch.setattr(runners_module, "_LOOK_EVERY", 3600.0)
    return runners()


def test_a_task_has_a_session_started_and_stopped_at_once(
    telegram: Running, patient: RunnerThread, company: Any
) -> None:
    until(lambda: patient.listens)
    line = Line(telegram, company)
    assert line.address.state == "connecting"

    work(line)
    until(lambda: patient.held == 1, seconds=3)
    until(lambda: line.address.state == "connected")
    assert work(line).state == "done"

    with line.scope():
        integrations.switch_off(line.integration)
    work(line)
    until(lambda: not line.owner.connections, seconds=3)
    until(lambda: patient.held == 0)
    assert work(line).state == "done"


def test_a_start_that_no_runner_sees_to_says_so(line: Line) -> None:
    assert work(line).state == "waiting"
    with line.scope():
        AddressTask.objects.update(created_at=clock.now() - LONG_AGO)
        SessionLease.objects.get_or_create(account=line.account, defaults={"company_id": line.company.pk})
        SessionLease.objects.update(until=clock.now() - LONG_AGO)

    assert work(line).state == "done"

    assert line.address.state == "connecting"
    assert line.address.state_detail.startswith("No session runner is running")


def test_a_stop_that_a_runner_does_not_hear_is_said_to_staff(line: Line) -> None:
    lease.take(line.account.pk, line.company.pk, "deaf", timedelta(minutes=5))
    with line.scope():
        integrations.switch_off(line.integration)
    assert line.address.state == "disconnected"
    assert work(line).state == "waiting"
    with line.scope():
        AddressTask.objects.update(created_at=clock.now() - LONG_AGO)

    stopped = work(line)

    assert (stopped.state, stopped.last_error) == ("failed", "the session runner has not let go of the account")


def test_staff_may_restart_a_parked_account(line: Line) -> None:
    lease.take(line.account.pk, line.company.pk, "one")
    lease.drop(line.account.pk, line.company.pk, "one", wait=3600)

    with line.scope():
        accounts.restart(line.account)

    assert line.address.state == "connecting"
    assert line.ask(lambda: SessionLease.objects.get().retry_at) is None
