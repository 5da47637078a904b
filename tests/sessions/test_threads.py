"""The runner's threads end, also when the executor started fewer of them than it may."""

import asyncio
import threading

from messengers.sessions.threads import Pool


def test_a_pool_ends_though_its_executor_started_too_few_threads() -> None:
    pool = Pool("trial", 2)

    async def once() -> None:
        await pool.run(lambda: None)

    asyncio.run(once())
    # what a thread does that goes from one item of a queue straight to the next: it counts as idle and is not
    for _ in range(3):
        pool._executor._idle_semaphore.release()

    ending = threading.Thread(target=pool.close, daemon=True)
    ending.start()
    ending.join(15)

    assert not ending.is_alive()
