"""The runner's tasks end, whatever becomes of a cancellation on its way."""

import asyncio
import contextlib

import pytest

from messengers.sessions import runner


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_CANCEL_EVERY", 0.01)
    swallowed = 0

    async def listens() -> None:
        nonlocal swallowed
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        swallowed += 1
        await asyncio.Event().wait()

    task = asyncio.create_task(listens())
    await asyncio.sleep(0)

    await asyncio.wait_for(runner.end([task]), 5)

    assert task.cancelled()
    assert swallowed == 1
