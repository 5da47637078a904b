"""`python -m tests.benchmarks.counts`: what a message and its answer cost in things that can be counted.

Seconds depend on the machine and on what else it does; statements, transactions, bytes of the write-ahead log and
commands to Redis do not. The whole way of many messages is counted, from the webhook to the messenger's confirmation,
with PostgreSQL's own statistics of every statement.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import redis

from tests.benchmarks import hammer, turns
from tests.benchmarks.measuring import Report, milliseconds
from tests.benchmarks.stage import Stage
from tests.doubles import wasender
from tests.running.product import workspace

ROLES = ("web", "inbound", "ai", "outbound", "webhooks", "dispatcher", "postgres", "valkey")
_STATEMENTS = "SELECT query, calls, plans, total_exec_time, total_plan_time, wal_bytes FROM pg_stat_statements"
_TOTALS = """
    SELECT (SELECT sum(xact_commit) FROM pg_stat_database WHERE datname = 'happ')::float,
           (pg_snapshot_xmax(pg_current_snapshot())::text)::float,
           (SELECT wal_bytes FROM pg_stat_wal)::float,
           (SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal')::float,
           (SELECT sum(n_tup_upd) FROM pg_stat_user_tables)::float,
           (SELECT sum(n_tup_hot_upd) FROM pg_stat_user_tables)::float"""
_NAMES = ("transactions", "… that write", "bytes of WAL", "syncs of WAL", "rows updated", "… in place (HOT)")
_ANSWERS = "SELECT count(*) FROM conversations_aiturn WHERE outcome = 'answered'"

Figures = dict[str, float]


@dataclass(frozen=True)
class Statement:
    """All calls of one statement; `running` and `planning` in milliseconds."""

    text: str
    calls: int
    plans: int
    running: float
    planning: float
    wal: int

    def line(self, messages: int) -> str:
        each = f"{self.calls / messages:6.2f} × {self.running / self.calls:6.3f} ms"
        planned = f"{self.plans / messages:5.2f} plans, {self.planning / messages:6.3f} ms"
        return f"{each}, {planned}, {int(self.wal) / self.calls:5.0f} B  {' '.join(self.text.split())[:130]}"


class Counter:
    """Everything that is counted, as it stands now."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._redis = redis.Redis.from_url(stage.product.environment()["REDIS_URL"])
        self._superuser = stage.product.environment()["DATABASE_URL"].replace("//happ@", "//postgres@")

    def prepare(self) -> None:
        """Have the server count statements; it has to be started anew for that."""
        with self._connect() as connection:
            connection.execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
            connection.execute("ALTER SYSTEM SET pg_stat_statements.track_planning = on")
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        self._stage.product.stop()
        self._stage.product.start()

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self._superuser, autocommit=True)

    def totals(self) -> Figures:
        found = self._stage.product.rows(_TOTALS)[0]
        known = dict(zip(_NAMES, (float(value) for value in found), strict=True))
        stats: dict[str, Any] = self._redis.info("commandstats")  # type: ignore[assignment]
        known["commands to Redis"] = float(sum(each["calls"] for each in stats.values()))
        for role in ROLES:
            known[f"CPU of {role}, ms"] = self._stage.cpu(role) * 1000
        known["CPU, ms"] = sum(known[f"CPU of {role}, ms"] for role in ROLES)
        return known

    def forget_statements(self) -> None:
        with self._connect() as connection:
            connection.execute("SELECT pg_stat_statements_reset()")

    def statements(self) -> list[Statement]:
        with self._connect() as connection:
            return [Statement(*row) for row in connection.execute(_STATEMENTS).fetchall()]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.counts", description=__doc__)
    parser.add_argument("--chats", type=int, default=240)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--statements", type=int, default=0, help="print so many of the dearest statements, too")
    chosen = parser.parse_args()
    with workspace() as where, wasender.running() as double:
        stage = Stage(where, double)
        try:
            counter = Counter(stage)
            counter.prepare()
            _measure(stage, counter, chosen)
        finally:
            stage.product.stop()
    return 0


def _measure(stage: Stage, counter: Counter, chosen: argparse.Namespace) -> None:
    stage.furnish(count=8)
    _converse(stage, chats=40, seconds=8.0)  # everything has been used once
    time.sleep(2)
    idle = _change(counter, lambda: time.sleep(10), per=10.0)
    answered = stage.product.value(_ANSWERS)
    counter.forget_statements()
    begin = time.monotonic()
    messages = chosen.chats * 4
    busy = _change(counter, lambda: _converse(stage, chats=chosen.chats, seconds=chosen.seconds), per=1.0)
    took = time.monotonic() - begin
    statements = counter.statements()
    answers = stage.product.value(_ANSWERS) - answered
    report = Report()
    report.line("messages, answers", f"{messages}, {answers} in {took:.0f} s")
    report.line("statements", f"{sum(each.calls for each in statements) / messages:.1f} a message")
    report.line("running and planning them", f"{_took(statements) / messages:.2f} ms a message")
    late = [value for (value,) in stage.product.rows(turns.LATE, stage.made["company"])]
    report.line("turn started minus due", milliseconds(late, 0.5, 0.95, 0.99))
    for name, value in busy.items():
        report.line(name, f"{value / messages:.2f} a message; idle {idle[name]:.1f} a second")
    kept = stage.product.value("SELECT count(*) FROM pg_stat_activity WHERE datname = 'happ'")
    memory = stage.memory()
    report.line("connections kept", f"{kept}, PostgreSQL {memory['postgres']:.0f} MB of {sum(memory.values()):.0f} MB")
    for each in sorted(statements, key=lambda each: -_took([each]))[: chosen.statements]:
        print(each.line(messages))


def _took(statements: list[Statement]) -> float:
    return sum(each.running + each.planning for each in statements)


def _converse(stage: Stage, *, chats: int, seconds: float) -> None:
    """Bursts of four messages by many customers, until all are answered and the answers' ids are known."""
    timetable = turns.timetable(stage, chats=chats, seconds=seconds)
    asyncio.run(hammer.on_schedule(stage.product.port, iter(timetable)))
    time.sleep(5)
    stage.wait_until_quiet()


def _change(counter: Counter, act: Callable[[], object], *, per: float) -> Figures:
    before = counter.totals()
    act()
    after = counter.totals()
    return {name: (after[name] - before[name]) / per for name in after}


if __name__ == "__main__":
    sys.exit(main())
