"""What a website visitor waits beyond the quiet time and the model, and how soon an open socket hears of a message."""

from __future__ import annotations

import asyncio
import json
import random
import time

from websockets.asyncio.client import connect

from tests.benchmarks.measuring import Report, milliseconds, percentile
from tests.benchmarks.stage import Stage
from tests.running.visitor import Visitor

_DEBOUNCE = 1.0
_MODEL = """
    SELECT coalesce(max(t.seconds), 0)::float FROM conversations_aiturn t WHERE t.company_id = %s"""


def measure(stage: Stage, report: Report, *, visitors: int, rounds: int) -> None:
    """The scripted model takes no time; the quiet time is short, because it is taken off again."""
    stage.wait_until_quiet()
    stage.furnish(count=0, debounce=_DEBOUNCE)
    answers, from_write, from_commit = asyncio.run(_talk(stage, visitors=visitors, rounds=rounds))
    model = stage.product.value(_MODEL, stage.made["company"])
    overheads = [value - _DEBOUNCE - model for value in answers]
    report.line(
        f"answer to a visitor beyond quiet time and model ({len(answers)})", milliseconds(overheads, 0.5, 0.95, 0.99)
    )
    report.line("visitor's message to an open events socket", milliseconds(from_write, 0.5, 0.99))
    report.line("event written to an open events socket", milliseconds(from_commit, 0.5, 0.99))
    p95 = percentile(overheads, 0.95)
    report.goal("answer's overhead p95 ≤ 150 ms", p95 <= 0.150, f"{p95 * 1000:.0f} ms")


async def _talk(stage: Stage, *, visitors: int, rounds: int) -> tuple[list[float], list[float], list[float]]:
    port, made = stage.product.port, stage.made
    people = [Visitor(port, made["widget"], random.Random(number)) for number in range(visitors)]
    tasks = [asyncio.create_task(visitor.run()) for visitor in people]
    heard: dict[str, tuple[float, float]] = {}
    listening = asyncio.create_task(_listen(port, made["token"], heard))
    await asyncio.sleep(2)
    answers: list[float] = []

    async def converse(visitor: Visitor, wait: float) -> None:
        await asyncio.sleep(wait)
        for _ in range(rounds):
            visitor.news.clear()
            last = ""
            for number in range(3):
                last = await visitor.write(f"Question {number}")
                await asyncio.sleep(0.2 if number < 2 else 0)
            await asyncio.wait_for(visitor.news.wait(), 30)
            answers.append(max(visitor.shown_at.values()) - visitor.sent_at[last])
            await asyncio.sleep(visitor.rng.uniform(2.0, 4.0))

    # spread out, so that answers do not all fall due at the same moment
    await asyncio.gather(*(converse(visitor, number * 3.0 / visitors) for number, visitor in enumerate(people)))
    await asyncio.sleep(0.5)
    for task in [*tasks, listening]:
        task.cancel()
    await asyncio.gather(*tasks, listening, return_exceptions=True)
    sent = {key: moment for visitor in people for key, moment in visitor.sent_at.items()}
    from_write = [heard[key][0] - sent[key] for key in sent if key in heard]
    return answers, from_write, [moment - written for moment, written in heard.values()]


async def _listen(port: int, token: str, heard: dict[str, tuple[float, float]]) -> None:
    """A company's program on `/ws/events/`: when each customer's message was heard of, and when it was written."""
    from datetime import datetime

    headers = {"X-Access-Token": token}
    async with connect(f"ws://127.0.0.1:{port}/ws/events/", additional_headers=headers, proxy=None) as socket:
        async for frame in socket:
            event = json.loads(frame)
            if event["type"] != "MESSAGE_CREATED" or event["data"]["message"]["role"] != "User":
                continue
            written = datetime.fromisoformat(event["createdAt"]).timestamp()
            heard[event["data"]["message"]["externalId"]] = time.time(), written
