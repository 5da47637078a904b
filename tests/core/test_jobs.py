"""Claims, lanes, leases and verdicts of `core/jobs.py`, against the real database.

The rows are receipts without a company or an address: the plainest job there is.
"""

import itertools
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from happ_project.core import clock, jobs, leases
from messengers.models import InboundReceipt
from tests.working import Time, at_once

LABEL = "messengers.InboundReceipt"
_numbers = itertools.count(1)
_work: list[Callable[[Any], None]] = []
_told: list[tuple[int, str]] = []


def do(job: Any) -> None:
    """What the rows of these tests name as their work."""
    _work[0](job)


def hear(job: Any) -> None:
    """What they name for their failure."""
    _told.append((job.pk, job.state))


@pytest.fixture(autouse=True)
def _own_work(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(InboundReceipt, "work", f"{__name__}.do")
    _work[:], _told[:] = [lambda job: None], []
    yield


def works_like(function: Callable[[Any], Any]) -> None:
    _work[:] = [function]


def make(lane: str = "", **fields: Any) -> InboundReceipt:
    number = next(_numbers)
    return InboundReceipt._base_manager.create(
        kind="test", dedup_key=f"{number}", lane=lane or f"lane {number}", **fields
    )


def fresh(job: Any) -> InboundReceipt:
    return InboundReceipt._base_manager.get(pk=job.pk)


def claim(job: Any) -> Any:
    return jobs.claim(InboundReceipt, job.pk)


def run(job: Any) -> int:
    return jobs.run(LABEL, job.pk, None)


def only(job: Any) -> Any:
    return InboundReceipt._base_manager.filter(pk=job.pk)


def in_seconds(seconds: float) -> Any:
    return clock.now() + timedelta(seconds=seconds)


# --- claims -----------------------------------------------------------------------------------------------------------


def test_a_due_row_is_claimed_once(db: None) -> None:
    row = make()

    claimed = claim(row)

    assert (claimed.pk, claimed.state, claimed.attempts) == (row.pk, "running", 1)
    assert claim(row) is None


def test_a_row_is_not_claimed_before_its_time(db: None, time: Time) -> None:
    row = make(run_at=in_seconds(5))

    assert claim(row) is None
    time.pass_by(5)
    assert claim(row) is not None


def test_a_lane_is_worked_in_order_one_row_at_a_time(db: None) -> None:
    first, second = make("chat 1"), make("chat 1")

    assert claim(second) is None
    held = jobs.claim(InboundReceipt, lane="chat 1")
    assert held.pk == first.pk
    assert claim(second) is None

    jobs.finish(held)
    assert claim(second).pk == second.pk


def test_a_row_that_waits_for_its_time_holds_up_its_lane_and_no_other(db: None) -> None:
    make("chat 1", run_at=in_seconds(60))
    behind, beside = make("chat 1"), make("chat 2")

    assert claim(behind) is None
    assert claim(beside) is not None


def test_a_claimed_row_reads_like_any_other(db: None) -> None:
    row = make(event={"type": "X", "text": "Ї"}, raw={"a": [1]})

    claimed, read = claim(row), fresh(row)

    for each in InboundReceipt._meta.concrete_fields:
        assert getattr(claimed, each.attname) == getattr(read, each.attname), each.attname


# --- leases -----------------------------------------------------------------------------------------------------------


def test_a_dead_workers_row_is_taken_over_and_the_dead_one_has_no_say(db: None, time: Time) -> None:
    row = make()
    dead = claim(row)

    time.pass_by(jobs.LEASE.total_seconds())
    heir = claim(row)

    assert heir.attempts == 2
    with pytest.raises(jobs.LostLease):
        jobs.finish(dead)
    with pytest.raises(jobs.LostLease):
        jobs.postpone(dead, timedelta(0))
    jobs.finish(heir)
    assert fresh(row).state == "done"


def test_the_keeper_renews_what_is_held_and_revives_nothing(db: None, time: Time) -> None:
    held, cancelled = claim(make()), claim(make())
    with leases.keeper.hold(held), leases.keeper.hold(cancelled):
        jobs.cancel(InboundReceipt._base_manager.filter(pk=cancelled.pk), reason="not needed")
        time.pass_by(8)
        leases.keeper.renew()
    time.pass_by(8)

    assert claim(held) is None, "it would have lapsed after ten seconds"
    assert fresh(cancelled).state == "cancelled"
    assert fresh(cancelled).locked_until is None


def test_the_keepers_thread_ends_when_nothing_is_held(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "_RENEW_SECONDS", 0.01)
    keeper = leases.Keeper()

    with keeper.hold(claim(make())):
        thread = keeper._thread
        assert thread is not None
    thread.join(5)

    assert not thread.is_alive()
    assert keeper._thread is None


def test_a_renewed_round_of_attempts_does_not_bring_back_an_earlier_workers_claim(db: None) -> None:
    # attempts begin at 0 again, so that they could not tell the two workers apart
    row = make()
    slow = claim(row)
    jobs.cancel(InboundReceipt._base_manager.filter(pk=row.pk), reason="by mistake")
    jobs.redrive(fresh(row))
    quick = claim(row)

    assert quick.attempts == slow.attempts
    with pytest.raises(jobs.LostLease):
        jobs.finish(slow)
    jobs.finish(quick)


def test_two_who_renew_a_row_at_once_have_it_worked_once(db: None) -> None:
    row = make(state=jobs.Job.State.FAILED)
    one, other = fresh(row), fresh(row)

    jobs.redrive(one)
    taken = claim(row)
    jobs.redrive(other)

    assert fresh(row).state == jobs.Job.State.RUNNING
    jobs.finish(taken)


def test_effects_of_a_worker_that_lost_its_lease_are_rolled_back(db: None, time: Time) -> None:
    row = make()

    def slowly(job: Any) -> None:
        time.pass_by(jobs.LEASE.total_seconds())
        assert claim(row) is not None
        with transaction.atomic():
            make("effect")
            jobs.finish(job)

    works_like(slowly)
    run(row)

    assert not InboundReceipt._base_manager.filter(lane="effect").exists()
    assert fresh(row).state == "running"


# --- verdicts ---------------------------------------------------------------------------------------------------------


def test_work_that_returns_is_done(db: None) -> None:
    row = make()

    assert run(row) == 1

    done = fresh(row)
    assert (done.state, done.locked_until, done.finished_at is not None) == ("done", None, True)


def test_retry_waits_and_the_lane_with_it(db: None, time: Time) -> None:
    first, second = make("chat 1"), make("chat 1")
    verdicts = [jobs.Retry(timedelta(seconds=7), "a file")]

    def once(job: Any) -> None:
        if verdicts:
            raise verdicts.pop()

    works_like(once)
    assert run(first) == 1
    waiting = fresh(first)
    assert (waiting.state, waiting.last_error, waiting.run_at) == ("waiting", "a file", in_seconds(7))
    assert run(second) == 0

    time.pass_by(7)
    assert run(first) == 2
    assert {fresh(first).state, fresh(second).state} == {"done"}


def test_a_wait_that_was_asked_for_is_no_attempt(db: None, time: Time) -> None:
    row = make()

    def again(job: Any) -> None:
        raise jobs.Retry(timedelta(seconds=1), "the pace", counted=False)

    works_like(again)
    for _ in range(30):
        run(row)
        time.pass_by(1)

    assert (fresh(row).state, fresh(row).attempts, fresh(row).claims) == ("waiting", 0, 30)


def test_giving_up_closes_the_row_and_the_lane_goes_on(db: None) -> None:
    first, second = make("chat 1"), make("chat 1")

    def refuse_first(job: Any) -> None:
        if job.pk == first.pk:
            raise jobs.GiveUp("nobody can read it")

    works_like(refuse_first)
    assert run(first) == 2

    assert (fresh(first).state, fresh(first).last_error) == ("failed", "nobody can read it")
    assert fresh(second).state == "done"


def test_a_fault_of_ours_is_tried_again_ever_later_and_fails_in_the_end(db: None, time: Time) -> None:
    row = make()
    waits = []

    def fail(job: Any) -> None:
        raise ValueError("no")

    works_like(fail)
    for _ in range(InboundReceipt.max_attempts):
        run(row)
        found = fresh(row)
        if found.state == "waiting":
            waits.append((found.run_at - clock.now()).total_seconds())
            time.pass_by(waits[-1])

    assert waits[:4] == [1, 2, 4, 8]
    assert max(waits) == 600
    assert (fresh(row).state, fresh(row).last_error) == ("failed", "ValueError: no")


@pytest.mark.parametrize("error", [IntegrityError("twice"), jobs.DatabaseTrouble("value too long")])
def test_a_row_that_the_database_refuses_does_not_spin_for_ever(db: None, error: Exception) -> None:
    # it used to stay leased, uncounted, and came back each ten seconds in front of its whole lane
    row = make(attempts=InboundReceipt.max_attempts - 1)

    def refuse(job: Any) -> None:
        raise error

    works_like(refuse)
    run(row)

    assert fresh(row).state == "failed"


def test_a_lost_connection_is_tried_again_on_a_new_one(committed: None) -> None:
    row = make()
    pids = set()

    def lose_it(job: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            pids.add(cursor.fetchone())
            if len(pids) == 1:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    works_like(lose_it)
    run(row)
    waiting = fresh(row)
    assert (waiting.state, waiting.attempts) == ("waiting", 1)

    InboundReceipt._base_manager.filter(pk=row.pk).update(run_at=clock.now())
    run(row)
    assert fresh(row).state == "done"
    assert len(pids) == 2


def test_work_that_the_database_left_alone_stays_leased(db: None, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    row = make()

    def gone(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("the server is gone")

    works_like(gone)
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "postpone", gone)
        patch.setattr(connection, "close", lambda: None)
        run(row)
    assert fresh(row).state == "running"

    time.pass_by(jobs.LEASE.total_seconds())
    works_like(lambda job: None)
    run(row)
    assert fresh(row).state == "done"


# --- what follows a failure -------------------------------------------------------------------------------------------


def test_a_failure_for_good_is_told_in_the_transaction_that_closes_the_row(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(InboundReceipt, "after_failure", f"{__name__}.hear")
    row = make()

    def refuse(job: Any) -> None:
        raise jobs.GiveUp("no")

    works_like(refuse)
    run(row)

    assert _told == [(row.pk, "failed")]


def test_a_fault_in_what_follows_a_failure_keeps_no_row_open(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(InboundReceipt, "after_failure", f"{__name__}.do")
    row = make()

    def refuse(job: Any) -> None:
        raise jobs.GiveUp("no")

    works_like(refuse)
    run(row)

    assert (fresh(row).state, fresh(row).last_error) == ("failed", "no")


# --- lanes of many ----------------------------------------------------------------------------------------------------


def test_a_worker_drains_its_lane_but_not_for_ever(db: None) -> None:
    rows = [make("chat 1") for _ in range(30)]
    order = []
    works_like(lambda job: order.append(job.pk))

    assert run(rows[0]) == 25
    assert run(rows[25]) == 5
    assert order == [row.pk for row in rows]


def test_many_workers_work_every_row_once_and_every_lane_in_order(committed: None) -> None:
    rows = [make(f"lane {i % 6}") for i in range(60)]
    order: dict[str, list[int]] = {f"lane {i}": [] for i in range(6)}
    busy: dict[str, int] = dict.fromkeys(order, 0)
    guard = threading.Lock()

    def note(job: Any) -> None:
        with guard:
            busy[job.lane] += 1
            assert busy[job.lane] == 1, "two rows of a lane at once"
            order[job.lane].append(job.pk)
        with guard:
            busy[job.lane] -= 1

    works_like(note)

    def worker() -> None:
        for row in rows:
            run(row)

    at_once(*[worker] * 6)
    worker()

    for lane, pks in order.items():
        assert pks == [row.pk for row in rows if row.lane == lane]


# --- moving and closing -----------------------------------------------------------------------------------------------


def test_what_is_pushed_back_is_claimed_at_its_new_time(db: None, time: Time) -> None:
    row = make()

    assert jobs.push_back(InboundReceipt, "id", row.pk, in_seconds(4))

    assert claim(row) is None
    time.pass_by(4)
    assert claim(row) is not None


def test_pushing_back_comes_too_late_for_a_claimed_row(db: None) -> None:
    row = make()
    claimed = claim(row)

    assert not jobs.push_back(InboundReceipt, "id", row.pk, in_seconds(4))
    assert fresh(row).run_at == claimed.run_at


def test_a_row_that_is_just_being_pushed_back_is_not_claimed(committed: None) -> None:
    row = make()
    pushed, tried = threading.Event(), threading.Event()

    def push() -> None:
        with transaction.atomic():
            assert jobs.push_back(InboundReceipt, "id", row.pk, in_seconds(60))
            pushed.set()
            assert tried.wait(10)

    def take() -> Any:
        assert pushed.wait(10)
        found = claim(row)
        tried.set()
        return found

    assert at_once(push, take)[1] is None
    assert claim(row) is None


def test_cancelling_closes_what_is_open_and_nothing_else(db: None) -> None:
    waiting, running, done = make(), make(), make()
    held = claim(running)
    run(done)

    assert jobs.cancel(InboundReceipt._base_manager.all(), reason="switched off") == 2

    assert [fresh(row).state for row in (waiting, running, done)] == ["cancelled", "cancelled", "done"]
    with pytest.raises(jobs.LostLease):
        jobs.finish(held)


def test_old_finished_rows_are_forgotten(db: None, time: Time) -> None:
    run(make())
    left = make()

    time.pass_by(InboundReceipt.kept_for.total_seconds() + 1)

    assert jobs.forget_finished() == 1
    assert fresh(left).state == "waiting"
