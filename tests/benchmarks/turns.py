"""How late answers begin: many chats, four messages each, an instant model."""

from __future__ import annotations

import asyncio
import random
import time

from tests.benchmarks import hammer, webhooks
from tests.benchmarks.measuring import Report, milliseconds, percentile
from tests.benchmarks.stage import Stage

_DONE = """
    SELECT count(*) FILTER (WHERE handled_up_to IS NOT NULL AND waiting_since IS NULL)
    FROM conversations_chat c JOIN integrations_integration i ON i.id = c.integration_id WHERE c.company_id = %s"""
LATE = """
    SELECT extract(epoch FROM started_at - run_at)::float FROM conversations_aiturn
    WHERE company_id = %s AND outcome = 'answered' AND started_at IS NOT NULL"""
_GAPS = """
    SELECT extract(epoch FROM finished_at - received_at)::float FROM messengers_inboundreceipt
    WHERE company_id = %s AND finished_at IS NOT NULL AND event->>'_' IS DISTINCT FROM 'ReceiptReceived'"""


def measure(stage: Stage, report: Report, *, chats: int, seconds: float) -> None:
    stage.wait_until_quiet()
    stage.furnish(count=8)
    company = stage.made["company"]
    moments = timetable(stage, chats=chats, seconds=seconds)
    before = stage.cpu("inbound", "ai", "outbound", "dispatcher", "postgres", "web", "valkey")
    begin = time.monotonic()
    tally = asyncio.run(hammer.on_schedule(stage.product.port, iter(moments)))
    while stage.product.value(_DONE, company) < chats and time.monotonic() - begin < seconds + 60:
        time.sleep(0.5)
    busy = stage.cpu("inbound", "ai", "outbound", "dispatcher", "postgres", "web", "valkey") - before
    took = time.monotonic() - begin
    late = [max(0.0, value) for (value,) in stage.product.rows(LATE, company)]
    gaps = [value for (value,) in stage.product.rows(_GAPS, company)]
    answered = stage.product.value(_DONE, company)
    what = f"{chats} chats × 4 messages over {seconds:.0f} s"
    report.line(what, f"{answered} chats answered in {len(late)} turns, {busy / took:.2f} cores busy")
    report.line("  webhook answered", milliseconds(tally.took, 0.5, 0.99))
    report.line("  turn started minus due", milliseconds(late, 0.5, 0.95, 0.99, 1.0))
    report.line("  received to scheduled", milliseconds(gaps, 0.5, 0.99, 1.0))
    p99 = percentile(late, 0.99)
    report.goal("lateness p99 ≤ 150 ms", p99 <= 0.150 and answered >= chats, f"{p99 * 1000:.0f} ms")


def timetable(stage: Stage, *, chats: int, seconds: float) -> list[tuple[float, bytes]]:
    """Every chat is a burst of four messages, begun at a random moment."""
    rng = random.Random(7)
    planned: list[tuple[float, int, int]] = []
    for chat in range(chats):
        at = rng.uniform(0, max(0.0, seconds - 6))
        for number in range(4):
            planned.append((at, chat, number))
            at += rng.uniform(0.5, 2.5)
    return [
        (
            at,
            webhooks.request(
                stage.numbers[chat % len(stage.numbers)],
                phone=f"380631{chat:06d}",
                text=f"Question {number} of chat {chat}",
                port=stage.product.port,
            ),
        )
        for at, chat, number in sorted(planned)
    ]
