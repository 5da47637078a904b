"""The data-centre in a thread with a loop of its own, for tests without one and for clients in other processes."""

from __future__ import annotations

import asyncio
import base64
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import rsa

from .data_centre import LOCAL_HOST, FakeDataCentre
from .world import Account

T = TypeVar("T")


class Running:
    """`do` runs a function on the data-centre in its loop; `settings` is what a client of ours has to be given."""

    def __init__(self, *, ports: dict[int, int] | None = None, **options: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake-dc", daemon=True)
        self._thread.start()
        self.dc = FakeDataCentre(**options)
        self._run(self.dc.start(ports))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        if self._loop.is_closed():
            return
        self._run(self.dc.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def do(self, change: Callable[[FakeDataCentre], T]) -> T:
        async def run() -> T:
            return change(self.dc)

        return self._run(run())

    def until(self, holds: Callable[[FakeDataCentre], Any], *, seconds: float = 10.0) -> Any:
        """Wait for what a client does by itself; the value, or AssertionError when the time is up."""
        end = time.monotonic() + seconds
        while not (found := self.do(holds)):
            assert time.monotonic() < end, "it did not happen in time"
            time.sleep(0.01)
        return found

    def session(self, account: Account) -> str:
        """The StringSession of a client that is logged in."""
        return self.do(lambda dc: dc.logged_in_session(account).save())

    @property
    def settings(self) -> dict[str, Any]:
        der = rsa.PublicKey.load_pkcs1(self.dc.public_key).save_pkcs1("DER")
        return {
            "TELEGRAM_API_ID": 1,
            "TELEGRAM_API_HASH": "hash-of-the-tests",
            "TELEGRAM_TEST_DC": f"{LOCAL_HOST}:{self.dc.ports[self.dc.dc_ids[0]]}",
            "TELEGRAM_TEST_DC_KEY": base64.b64encode(der).decode(),
        }

    def _run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=30)
