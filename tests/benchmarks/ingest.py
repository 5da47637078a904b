"""Webhook intake against its ceiling, its latency at a steady rate, and how fast the workers drain what came in."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from itertools import repeat

from tests.benchmarks import hammer, webhooks
from tests.benchmarks.measuring import Report, milliseconds, percentile
from tests.benchmarks.stage import Stage
from tests.running.product import cpu_seconds

_MOST_PER_SECOND = 1_200
"""Requests that are made beforehand for each second of a round: more than are ever answered."""


def measure(stage: Stage, report: Report, *, rounds: int, seconds: float) -> None:
    """Intake and ceiling in turns, so that whatever the machine does befalls both."""
    stage.furnish(count=4)
    rates: list[float] = []
    ceilings: list[float] = []
    costs: list[float] = []
    took: list[float] = []
    with stage.workers_stopped(), stage.ceiling() as port:
        _warm(stage, port)
        for number in range(rounds):
            ceilings.append(_ceiling(port, seconds=seconds))
            tally, cost = _intake(stage, number, seconds=seconds)
            rates.append(tally.rate)
            costs.append(cost)
            took += tally.took
        _report(report, rates, ceilings, costs, took)
        _steady(stage, report, seconds=seconds * 2)
    _drain(stage, report)


def _warm(stage: Stage, port: int) -> None:
    asyncio.run(hammer.as_fast_as_answered(port, _bare(port), seconds=1.0))
    requests = webhooks.stream(stage.numbers, chats=200, count=1_200, port=stage.product.port, prefix="9")
    asyncio.run(hammer.as_fast_as_answered(stage.product.port, requests, seconds=1.0))


def _bare(port: int) -> Iterator[bytes]:
    """The same body as a webhook's, to the bare view."""
    number = webhooks.Number(path="/webhooks/bare/token/", secret="s" * 32, api_key="k" * 64)
    return repeat(webhooks.request(number, phone="380670000000", text="How much is the tea?", port=port))


def _ceiling(port: int, *, seconds: float) -> float:
    tally = asyncio.run(hammer.as_fast_as_answered(port, _bare(port), seconds=seconds))
    _must_be_200(tally)
    return tally.rate


def _intake(stage: Stage, number: int, *, seconds: float) -> tuple[hammer.Tally, float]:
    count = int(_MOST_PER_SECOND * seconds)
    requests = webhooks.stream(stage.numbers, chats=400, count=count, port=stage.product.port, prefix=str(number))
    before = stage.cpu("web", "postgres")
    tally = asyncio.run(hammer.as_fast_as_answered(stage.product.port, requests, seconds=seconds))
    _must_be_200(tally)
    return tally, (stage.cpu("web", "postgres") - before) / len(tally.took)


def _must_be_200(tally: hammer.Tally) -> None:
    wrong = {status: number for status, number in tally.statuses.items() if status != 200}
    if wrong:
        raise AssertionError(f"answers other than 200: {wrong}")


def _report(report: Report, rates: list[float], ceilings: list[float], costs: list[float], took: list[float]) -> None:
    rate, ceiling, cost = statistics.median(rates), statistics.median(ceilings), statistics.median(costs)
    share = rate / ceiling
    each = " / ".join(f"{value:.0f}" for value in rates)
    report.line("webhook intake, 32 connections", f"{rate:.0f} requests/s ({each}); {milliseconds(took, 0.5, 0.99)}")
    report.line("ceiling: bare view, one INSERT", f"{ceiling:.0f} requests/s")
    report.line("intake of the ceiling", f"{share:.0%}")
    report.line("CPU per webhook (web + PostgreSQL)", f"{cost * 1000:.2f} ms")
    report.goal("intake ≥ 70 % of the ceiling", share >= 0.7, f"{share:.0%}")
    report.goal("intake ≥ 300 requests/s", rate >= 300, f"{rate:.0f}/s")
    report.goal("CPU ≤ 3 ms per webhook", cost <= 0.003, f"{cost * 1000:.2f} ms")


def _steady(stage: Stage, report: Report, *, seconds: float) -> None:
    requests = webhooks.stream(stage.numbers, chats=400, count=int(50 * seconds), port=stage.product.port, prefix="8")
    tally = asyncio.run(hammer.at_a_rate(stage.product.port, requests, rate=50, seconds=seconds))
    _must_be_200(tally)
    report.line("webhook intake at 50/s", milliseconds(tally.took, 0.5, 0.99))
    p50, p99 = percentile(tally.took, 0.5), percentile(tally.took, 0.99)
    report.goal("p50 ≤ 10 ms at 50/s", p50 <= 0.010, f"{p50 * 1000:.1f} ms")
    report.goal("p99 ≤ 50 ms at 50/s", p99 <= 0.050, f"{p99 * 1000:.1f} ms")


def _drain(stage: Stage, report: Report) -> None:
    """What came in while the workers were stopped; answering goes on meanwhile, as it would."""
    product = stage.product
    waiting = "SELECT count(*) FROM messengers_inboundreceipt WHERE state IN ('waiting', 'running')"
    begin, first = time.monotonic(), product.value(waiting)
    workers = [pid for pid, name in product.everybody().items() if name == "inbound"]
    before = cpu_seconds(workers)
    while (left := product.value(waiting)) and time.monotonic() - begin < 300:
        time.sleep(0.25)
    seconds = time.monotonic() - begin
    rate = (first - left) / seconds
    cost = (cpu_seconds(workers) - before) / max(1, first - left)
    report.line(
        "drain of the receipts", f"{rate:.0f} messages/s ({first} in {seconds:.0f} s, {cost * 1000:.1f} ms CPU each)"
    )
    report.goal("drain ≥ 100 messages/s", rate >= 100, f"{rate:.0f}/s")
