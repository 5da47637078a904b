"""An account is held by one runner at a time, whoever dies, hangs or joins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError

from happ_project.companies.models import Company
from happ_project.core import clock
from integrations.services import integrations
from messengers.models import SessionLease
from messengers.services import accounts
from messengers.sessions import across, farewell, lease
from messengers.sessions.memory import AccountMemory, LostLease
from messengers.sessions.threads import Pool
from tests.doubles.telegram import Running
from tests.sessions.conftest import Line, RunnerThread, until

pytestmark = pytest.mark.django_db(transaction=True)

LENGTH = timedelta(seconds=15)


def take(line: Line, holder: str) -> int | None:
    return lease.take(line.account.pk, line.company.pk, holder, LENGTH)


def test_one_of_two_gets_it(line: Line) -> None:
    assert take(line, "one") == 1
    assert take(line, "two") is None
    assert take(line, "one") is None, "a holder renews, it does not take again"


def test_a_lease_that_ended_is_taken_with_a_new_fence(line: Line) -> None:
    take(line, "one")
    with line.scope():
        SessionLease.objects.update(until=clock.now() - timedelta(seconds=1))

    assert take(line, "two") == 2
    assert across.renew("one", LENGTH) == {}
    assert across.renew("two", LENGTH) == {line.account.pk: 2}


def test_a_lease_that_ended_cannot_be_renewed(line: Line) -> None:
    take(line, "one")
    with line.scope():
        SessionLease.objects.update(until=clock.now() - timedelta(seconds=1))

    assert across.renew("one", LENGTH) == {}


def test_a_dropped_lease_is_free_unless_somebody_asked_to_wait(line: Line) -> None:
    take(line, "one")
    lease.drop(line.account.pk, line.company.pk, "two")
    assert take(line, "two") is None

    lease.drop(line.account.pk, line.company.pk, "one", wait=60)
    assert take(line, "two") is None
    assert across.free([line.account.pk]) == set()

    with line.scope():
        SessionLease.objects.update(retry_at=clock.now())
    assert across.free([line.account.pk]) == {line.account.pk}
    assert take(line, "two") == 2


def test_a_new_login_need_not_wait_for_what_the_old_one_did(line: Line, telegram: Running) -> None:
    take(line, "one")
    lease.drop(line.account.pk, line.company.pk, "one", wait=600)

    line.connect(telegram.session(line.owner))

    assert take(line, "two") == 2


@pytest.mark.parametrize("status", ["closed", "blocked"])
def test_a_closed_company_is_not_connected(line: Line, status: str) -> None:
    assert [found.account_id for found in across.wanted()] == [line.account.pk]

    Company.objects.filter(pk=line.company.pk).update(status=status)

    assert across.wanted() == []


def test_who_lost_the_lease_writes_no_state(line: Line) -> None:
    import asyncio

    pool = Pool("test", 1)
    first = take(line, "one")
    memory = AccountMemory(
        pool, company_id=line.company.pk, account_id=line.account.pk, address_id=line.address.pk, fence=first or 0
    )
    asyncio.run(memory.save({"pts": 1}))
    with line.scope():
        SessionLease.objects.update(until=clock.now() - timedelta(seconds=1))
    take(line, "two")

    with pytest.raises(LostLease):
        asyncio.run(memory.save({"pts": 2}))

    assert asyncio.run(memory.load()) == {"pts": 1}
    pool.close()


def test_the_same_login_encrypted_anew_is_the_same(line: Line, telegram: Running) -> None:
    """Else its own key would be given back as if it were an old one."""
    before = across.wanted()
    with line.scope():
        line.account.save()

    assert across.wanted() == before

    line.connect(telegram.session(line.owner))
    assert across.wanted() != before


# --- runners ---


def test_two_runners_never_connect_one_account_twice(
    line: Line, runners: Callable[..., RunnerThread], telegram: Running
) -> None:
    first, second = runners(), runners()

    until(lambda: first.held + second.held == 1)
    telegram.do(lambda dc: dc.drop_connections(line.owner))
    until(lambda: telegram.do(lambda dc: len(line.owner.connections)) == 1)
    first.stop()
    second.stop()

    assert telegram.dc.sessions_of(line.owner) == 1, "a second connection would have ended the login"


def test_accounts_are_shared_and_a_stopped_runners_part_is_taken_over(
    telegram: Running, company: Company, runners: Callable[..., RunnerThread]
) -> None:
    lines = [Line(telegram, company, phone=f"+38050111100{i}") for i in range(6)]
    first = runners()
    until(lambda: first.held == 6)

    second = runners()
    until(lambda: second.held >= 2 and first.held + second.held == 6, seconds=15)

    first.stop()
    until(lambda: second.held == 6)
    assert all(telegram.dc.sessions_of(each.owner) == 1 for each in lines)


def test_a_runner_that_loses_the_database_disconnects_before_its_leases_end(
    line: Line, runner: RunnerThread, telegram: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("the database is gone")

    monkeypatch.setattr(across, "renew", gone)
    monkeypatch.setattr(lease, "drop", gone)

    telegram.until(lambda dc: not line.owner.connections, seconds=5)
    with line.scope():
        assert SessionLease.objects.get().until > clock.now()

    monkeypatch.undo()
    until(lambda: runner.held == 1)


def test_nobody_waits_for_an_account_that_is_logged_out_slowly(
    line: Line, runner: RunnerThread, telegram: Running, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def slowly(*args: Any) -> None:
        begun.set()
        may_end.wait(20)

    monkeypatch.setattr(farewell, "say", slowly)
    with line.scope():
        integrations.remove(line.integration)
    assert begun.wait(10)

    Line(telegram, company, phone="+380501110009")
    until(lambda: runner.held == 1)

    may_end.set()


def test_a_runner_whose_lease_was_taken_away_disconnects(line: Line, runner: RunnerThread, telegram: Running) -> None:
    with line.scope():
        accounts.restart(line.account)

    telegram.until(lambda dc: not line.owner.connections)

    with line.scope():
        SessionLease.objects.update(until=clock.now() - timedelta(seconds=1))
    until(lambda: runner.held == 1)


def test_a_runner_without_accounts_knows_nothing_of_telethon() -> None:
    import subprocess
    import sys

    program = """
import sys
import django
django.setup()
from messengers.sessions import runner
print([name for name in sys.modules if "telethon" in name])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
