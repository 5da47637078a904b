"""What the dispatcher offers to Celery, with the real database and the real broker."""

import base64
import itertools
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from kombu.exceptions import OperationalError

from conversations.models import AiTurn
from happ_project.celery import app
from happ_project.companies.models import Company
from happ_project.core import clock, jobs, tasks
from happ_project.core.dispatcher import Dispatcher
from happ_project.core.management.commands import run_dispatcher
from happ_project.supervisor.processes import wait_until
from messengers.models import InboundReceipt
from tests import factories
from tests.working import Time

_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def broker() -> Iterator[redis.Redis]:
    """Empty queues; what was offered is read from them."""
    with redis.Redis.from_url(settings.REDIS_BROKER_URL) as broker:
        broker.flushdb()
        yield broker
        broker.flushdb()


@pytest.fixture
def dispatcher(db: None) -> Iterator[Dispatcher]:
    dispatcher = Dispatcher(app)
    dispatcher.step()  # the first one learns which Redis it talks to
    yield dispatcher
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")


def make(lane: str = "", **fields: Any) -> InboundReceipt:
    number = next(_numbers)
    fields = {"queue": "inbound", **fields}
    return InboundReceipt._base_manager.create(
        kind="test", dedup_key=f"offer {number}", lane=lane or f"lane {number}", **fields
    )


def fresh(row: InboundReceipt) -> InboundReceipt:
    return InboundReceipt._base_manager.get(pk=row.pk)


def in_queue(broker: redis.Redis, queue: str = "inbound") -> list[list[Any]]:
    """The arguments of the tasks that wait, first offered first."""
    tasks = [json.loads(entry) for entry in reversed(broker.lrange(queue, 0, -1))]
    return [json.loads(base64.b64decode(task["body"]))[0] for task in tasks]


def test_a_due_row_is_offered_once(dispatcher: Dispatcher, broker: redis.Redis) -> None:
    row = make()

    assert dispatcher.step() == 1
    assert dispatcher.step() == 0

    assert in_queue(broker) == [["messengers.InboundReceipt", row.pk, None]]


def test_a_row_is_not_offered_before_its_time(dispatcher: Dispatcher, time: Time) -> None:
    make(run_at=clock.now() + timedelta(seconds=4))

    assert dispatcher.step() == 0
    time.pass_by(4)
    assert dispatcher.step() == 1


def test_only_the_head_of_a_lane_is_offered(dispatcher: Dispatcher, broker: redis.Redis) -> None:
    first = make("chat 1")
    make("chat 1")

    assert dispatcher.step() == 1
    assert in_queue(broker)[0][1] == first.pk


def test_an_offer_that_nobody_took_lapses(dispatcher: Dispatcher, broker: redis.Redis, time: Time) -> None:
    make()
    assert dispatcher.step() == 1
    broker.delete("inbound")

    time.pass_by(settings.JOB_QUEUES["inbound"].offer_seconds - 0.1)
    assert dispatcher.step() == 0
    time.pass_by(0.1)
    assert dispatcher.step() == 1


def test_where_nobody_takes_any_task_they_do_not_pile_up(
    dispatcher: Dispatcher, broker: redis.Redis, time: Time
) -> None:
    make()
    dispatcher.step()

    time.pass_by(settings.JOB_QUEUES["inbound"].offer_seconds * 5)

    assert dispatcher.step() == 0
    assert broker.llen("inbound") == 1


def test_a_lost_task_is_made_up_for_also_where_the_queue_is_never_empty(
    dispatcher: Dispatcher, broker: redis.Redis, time: Time
) -> None:
    row = make()
    dispatcher.step()
    broker.delete("inbound")
    broker.rpush("inbound", "another one's task")

    time.pass_by(settings.JOB_QUEUES["inbound"].offer_seconds + 60)

    assert dispatcher.step() == 1
    assert json.loads(base64.b64decode(json.loads(broker.lindex("inbound", 0))["body"]))[0][1] == row.pk


def test_tasks_of_rows_that_were_put_off_count_until_somebody_takes_them(
    dispatcher: Dispatcher, broker: redis.Redis, time: Time
) -> None:
    depth = settings.JOB_QUEUES["inbound"].depth
    broker.rpush("inbound", *["a task in vain"] * (depth - 1))
    for _ in range(3):
        make()

    assert dispatcher.step() == 1


def test_a_row_that_was_offered_and_put_off_is_offered_when_it_is_due(dispatcher: Dispatcher, time: Time) -> None:
    row = make()
    assert dispatcher.step() == 1

    jobs.push_back(InboundReceipt, "id", row.pk, clock.now() + timedelta(seconds=1))
    assert dispatcher.step() == 0
    time.pass_by(1)
    assert dispatcher.step() == 1


def test_an_offered_row_can_be_claimed_and_a_second_task_does_no_harm(dispatcher: Dispatcher) -> None:
    row = make()
    dispatcher.step()

    assert jobs.claim(InboundReceipt, row.pk) is not None
    assert jobs.claim(InboundReceipt, row.pk) is None


def test_a_dead_workers_row_is_offered_again(dispatcher: Dispatcher, time: Time) -> None:
    row = make()
    dead = jobs.claim(InboundReceipt, row.pk)
    assert dispatcher.step() == 0

    time.pass_by(jobs.LEASE.total_seconds())
    assert dispatcher.step() == 1

    assert jobs.claim(InboundReceipt, row.pk).attempts == 2
    with pytest.raises(jobs.LostLease):
        jobs.finish(dead)


def test_a_full_queue_gets_nothing_more_and_the_others_go_on(
    dispatcher: Dispatcher, broker: redis.Redis, in_company: Company
) -> None:
    depth = settings.JOB_QUEUES["inbound"].depth
    rows = [make() for _ in range(depth + 3)]
    AiTurn.objects.create(company=in_company, chat=factories.make_chat(in_company), lane="a chat")

    assert dispatcher.step() == depth + 1
    assert dispatcher.step() == 0
    assert broker.llen("ai") == 1

    jobs.claim(InboundReceipt, rows[0].pk)
    assert dispatcher.step() == 1
    assert in_queue(broker)[-1][1] == rows[depth].pk


def test_the_longest_waiting_is_offered_first(
    dispatcher: Dispatcher, broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = make(run_at=clock.now() - timedelta(seconds=1))
    later = make(run_at=clock.now() - timedelta(seconds=9))
    monkeypatch.setitem(settings.JOB_QUEUES, "inbound", replace(settings.JOB_QUEUES["inbound"], depth=1))

    dispatcher.step()
    assert [task[1] for task in in_queue(broker)] == [later.pk]

    broker.delete("inbound")
    jobs.claim(InboundReceipt, later.pk)
    dispatcher.step()
    assert [task[1] for task in in_queue(broker)] == [late.pk]


def test_what_falls_due_at_once_is_spread_over_few_tasks(dispatcher: Dispatcher, broker: redis.Redis) -> None:
    spread = settings.JOB_QUEUES["inbound"].spread
    rows = [make() for _ in range(spread + 2)]

    assert dispatcher.step() == len(rows)

    tasks = in_queue(broker)
    assert len(tasks) == spread
    taken = [pk for _label, *rest in tasks for pk in ([rest[0]] if len(rest) == 2 else [pk for pk, _ in rest[0]])]
    assert sorted(taken) == [row.pk for row in rows]


def test_a_task_of_several_rows_works_them_all(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, worked = [make() for _ in range(3)], []
    monkeypatch.setitem(jobs._functions, InboundReceipt.work, lambda row: worked.append(row.pk))

    tasks.run_jobs("messengers.InboundReceipt", [(row.pk, None) for row in rows])

    assert worked == [row.pk for row in rows]
    assert {fresh(row).state for row in rows} == {"done"}


def test_what_is_drained_elsewhere_is_never_offered(dispatcher: Dispatcher, broker: redis.Redis) -> None:
    make(queue="sessions")

    assert dispatcher.step() == 0
    assert broker.dbsize() == 0


def test_after_a_lost_broker_everything_is_offered_anew(dispatcher: Dispatcher, broker: redis.Redis) -> None:
    row = make()
    dispatcher.step()
    broker.flushdb()  # a restarted Redis has forgotten the task

    assert dispatcher.step() == 0
    dispatcher.lost_broker()
    assert dispatcher.step() == 1

    assert in_queue(broker)[0][1] == row.pk


def test_an_offer_whose_task_could_not_be_sent_is_made_again(dispatcher: Dispatcher, broker: redis.Redis) -> None:
    row = make()

    def fail(*args: Any) -> None:
        raise OperationalError("the broker is gone")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatcher, "_send", fail)
        assert run_dispatcher._round(dispatcher) == (0.5, "redis: the broker is gone")

    assert dispatcher.step() == 1
    assert in_queue(broker)[0][1] == row.pk


def test_after_a_restart_of_the_broker_everything_is_offered_anew(
    dispatcher: Dispatcher, broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    make()
    dispatcher.step()

    monkeypatch.setattr(dispatcher, "_broker_run", "the one before")
    monkeypatch.setattr(dispatcher, "_looked_at_broker", 0.0)

    assert dispatcher.step() == 1


# --- one leader -------------------------------------------------------------------------------------------------------


class Elsewhere:
    """A dispatcher in a thread of its own, so with a database session of its own."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1)
        self.dispatcher = Dispatcher(app)

    def do(self, action: Callable[[], Any]) -> Any:
        return self._thread.submit(action).result(10)

    def leave(self) -> None:
        self.do(lambda: connection.close())
        self._thread.shutdown()


@pytest.fixture
def two(committed: None) -> Iterator[tuple[Elsewhere, Elsewhere]]:
    pair = (Elsewhere(), Elsewhere())
    yield pair
    for each in pair:
        each.leave()


def test_one_leads_and_the_other_stands_by_until_the_first_is_gone(two: tuple[Elsewhere, Elsewhere]) -> None:
    one, other = two

    assert one.do(one.dispatcher.lead)
    assert not other.do(other.dispatcher.lead)
    assert one.do(one.dispatcher.lead), "asking again keeps it"

    one.do(lambda: connection.close())  # the process was killed
    assert leads_soon(other)


def leads_soon(other: Elsewhere) -> bool:
    """The server needs a moment to see that a session is gone."""
    return wait_until(lambda: other.do(other.dispatcher.lead), seconds=5)


def test_a_leader_whose_session_was_lost_stands_by(two: tuple[Elsewhere, Elsewhere]) -> None:
    one, other = two
    assert one.do(one.dispatcher.lead)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )
    assert leads_soon(other)

    pause, trouble = one.do(lambda: run_dispatcher._round(one.dispatcher))
    assert (pause, trouble.partition(":")[0]) == (0.5, "database"), "it notices, and does no harm"
    assert not one.do(one.dispatcher.lead)


def test_a_new_leader_offers_what_the_old_one_did(two: tuple[Elsewhere, Elsewhere], broker: redis.Redis) -> None:
    one, other = two
    make()
    one.do(one.dispatcher.lead)
    assert one.do(one.dispatcher.step) == 1
    broker.flushdb()
    one.do(lambda: connection.close())

    assert leads_soon(other)
    assert other.do(other.dispatcher.step) == 1


def test_a_worker_that_starts_takes_up_what_was_offered_to_its_queue(two: tuple[Elsewhere, Elsewhere]) -> None:
    one, other = two
    make()
    one.do(one.dispatcher.lead)
    assert one.do(one.dispatcher.step) == 1

    other.do(lambda: jobs.withdraw_offers("ai"))
    one.do(lambda: one.dispatcher.wait(5))
    assert one.do(one.dispatcher.step) == 0

    other.do(lambda: jobs.withdraw_offers("inbound"))
    one.do(lambda: one.dispatcher.wait(5))
    assert one.do(one.dispatcher.step) == 1


# --- the time between two rounds --------------------------------------------------------------------------------------


def test_a_nudge_ends_the_wait_when_its_transaction_commits(two: tuple[Elsewhere, Elsewhere]) -> None:
    one, other = two
    one.do(one.dispatcher.lead)
    one.do(one.dispatcher.step)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(one.do, lambda: one.dispatcher.wait(9))
        while not waiting.done():  # it may not have begun to wait when the first nudge comes
            other.do(jobs.nudge)
        waiting.result()

    begin = clock.monotonic()
    one.do(lambda: one.dispatcher.wait(0.05))
    assert clock.monotonic() - begin < 5


def test_the_wait_ends_when_the_next_row_falls_due(dispatcher: Dispatcher) -> None:
    make(run_at=clock.now() + timedelta(milliseconds=20))
    dispatcher.step()

    begin = clock.monotonic()
    dispatcher.wait(9)

    assert clock.monotonic() - begin < 5
    assert dispatcher.step() == 1
