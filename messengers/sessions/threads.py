"""The threads of a session runner: the database is asked in them, never in the loop that the connections live in."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import close_old_connections, connection

T = TypeVar("T")

_END_SECONDS = 1.0


class Pool:
    """Some threads, each with a database connection of its own."""

    def __init__(self, name: str, size: int) -> None:
        self._executor = ThreadPoolExecutor(max_workers=size, thread_name_prefix=f"sessions-{name}")
        self._size = size

    async def run(self, function: Callable[..., T], *args: object, **kwargs: object) -> T:
        """The function's result; its exceptions too."""

        def work() -> T:
            close_old_connections()
            return function(*args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def close(self) -> None:
        """Wait for what runs, then end the threads and their connections."""
        everybody = threading.Barrier(self._size)

        def end() -> None:
            # so that no thread takes two of these; bounded, because an executor that counts a busy thread as idle
            # starts fewer threads than it may, and those would wait for ever
            with contextlib.suppress(threading.BrokenBarrierError):
                everybody.wait(timeout=_END_SECONDS)
            connection.close()

        for _thread in range(self._size):
            self._executor.submit(end)
        self._executor.shutdown(wait=True)


class Pools:
    """Kept apart, so that a slow file never delays a lease or what a customer writes."""

    def __init__(self) -> None:
        self.leases = Pool("leases", 1)
        self.books = Pool("books", 3)  # storing what arrived, and how far we are
        self.work = Pool("work", 8)  # deliveries and files
        self.logins = Pool("logins", 3)
        self.partings = Pool("partings", 1)  # removed accounts, one after another

    def close(self) -> None:
        for pool in (self.logins, self.partings, self.work, self.books, self.leases):
            pool.close()
