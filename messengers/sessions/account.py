"""One account in a runner's hands: its connection, and the work that goes through it."""

import asyncio
import logging
import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from django.db import InterfaceError, InternalError, OperationalError

from happ_project.core import clock, jobs, tenancy
from happ_project.core.text import gettext_noop as _
from messengers import types
from messengers.adapter import SessionAdapter
from messengers.errors import LoginRequired, MessengerError, TryLater
from messengers.models import Address, Connection, MessengerAccount
from messengers.services import addresses, inbox
from messengers.services import io as at_work
from messengers.sessions import lease
from messengers.sessions.across import Due, Wanted
from messengers.sessions.memory import AccountMemory, LostLease
from messengers.sessions.threads import Pools

log = logging.getLogger(__name__)

_AT_ONCE = 4
_LONGEST_PAUSE = 300.0
_STEADY = 30.0
"""Seconds that a connection must have held, and longer than the pause before it, to begin anew with short pauses."""
_TELL_AFTER = 2  # failures in a row: one is a hiccup, nobody needs to hear of it
_PARKED_AFTER = 6
"""Failures of our own in a row. The network and the database come back by themselves; a mistake does not."""
_PARKED_FOR = 3600.0
_AWAY = (OperationalError, InternalError, InterfaceError)
"""What a database that cannot be reached or written raises; what else it refuses is a mistake of ours."""
_FINISHING = 5.0
_MISTAKE = _("Something goes wrong on our side with what this account receives. It is tried again every hour.")


class NotStored(Exception):
    """What arrived could not be stored, by a mistake of ours: the cause says which."""


class Held:
    """`hold` runs until the account is let go, parked or lost; the caller drops the lease afterwards."""

    def __init__(self, account: Wanted, *, fence: int, holder: str, pools: Pools) -> None:
        self.account, self.fence = account, fence
        self.address_id: UUID | None = None
        self.wait = 0.0  # seconds that Telegram asked to stay away
        self._holder, self._pools = holder, pools
        self._stop = asyncio.Event()
        self._due: asyncio.Queue[Due] = asyncio.Queue()
        self._signals: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._working: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._adapter: SessionAdapter | None = None
        self._address: Address | None = None
        self._failures = self._mistakes = 0  # in a row
        self._paused, self._connected_at = 0.0, 0.0
        self._is_leaving = False

    def start(self) -> None:
        self._task = asyncio.create_task(self._hold(), name=f"account {self.account.account_id}")

    @property
    def is_over(self) -> bool:
        return self._task is None or self._task.done()

    @property
    def is_starting(self) -> bool:
        """On its first try; one that failed before is not waited for."""
        return not (self.is_over or self.is_connected or self._failures or self._is_leaving)

    @property
    def is_connected(self) -> bool:
        return self._adapter is not None and self._adapter.is_connected and not self._is_leaving

    async def let_go(self, *, log_out: bool = False) -> None:
        """Finish what is being sent, disconnect, and drop the lease: in this order."""
        if self._task is None:
            return
        if log_out and self.is_connected:
            await self._log_out()
        self._is_leaving = True
        end = asyncio.get_running_loop().time() + _FINISHING
        while self._working and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.02)
        self._stop.set()
        await asyncio.wait([self._task], timeout=_FINISHING * 2)
        await self.cut()

    async def cut(self) -> None:
        """Disconnect at once: the lease is lost or about to be."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _log_out(self) -> None:
        assert self._adapter is not None
        try:
            await self._pools.work.run(self._adapter.logout)
        except MessengerError as error:
            log.info("the old login of account %s was not given back: %s", self.account.account_id, error)

    async def _hold(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                pump = group.create_task(self._pump())
                await self._stay_connected()
                pump.cancel()
        except* LostLease:
            log.warning("account %s was taken over", self.account.account_id)
        except* _AWAY as group:
            log.warning("account %s was let go of: %s", self.account.account_id, group.exceptions)
        except* Exception:
            log.exception("the session of account %s ended", self.account.account_id)
            self.wait = max(self.wait, _LONGEST_PAUSE)
        finally:
            if self.address_id is not None:
                at_work.live.pop(self.address_id, None)
            drop = self._pools.leases.run(
                lease.drop, self.account.account_id, self.account.company_id, self._holder, wait=self.wait
            )
            await asyncio.shield(drop)

    # --- the connection ---

    async def _stay_connected(self) -> None:
        while not self._stop.is_set():
            try:
                if await self._in_scope(self._open):
                    assert self._adapter is not None
                    await self._adapter.run(self._emit, self._stop)
                return
            except LoginRequired as error:
                await self._in_scope(_park, self._address, str(error))
                return
            except TryLater as error:
                if error.retry_after:
                    self.wait = error.retry_after
                    await self._in_scope(addresses.limit, self._address, error.retry_after)
                    return
                await self._pause(str(error))
            except LostLease:
                raise
            except _AWAY as error:
                log.warning("account %s waits for the database: %s", self.account.account_id, error)
                await self._pause()
            except Exception:
                log.exception("the session of account %s broke", self.account.account_id)
                self._mistakes += 1
                if self._mistakes >= _PARKED_AFTER:
                    await self._give_up()
                    return
                await self._pause()

    def _open(self) -> bool:
        """Make the connection's object; False if the account is not to be connected any more."""
        address = (
            Address.objects.select_related("account")
            .filter(account_id=self.account.account_id, deleted_at=None, receiving=True)
            .exclude(state=Connection.LOGIN_REQUIRED)
            .first()
        )
        if address is None:
            return False
        adapter = at_work.new_adapter(address)
        assert isinstance(adapter, SessionAdapter)
        adapter.memory = AccountMemory(
            self._pools.books,
            company_id=self.account.company_id,
            account_id=self.account.account_id,
            address_id=address.pk,
            fence=self.fence,
        )
        self._adapter, self._address, self.address_id = adapter, address, address.pk
        at_work.live[address.pk] = adapter
        return True

    async def _pause(self, reason: str = "") -> None:
        """Longer after each failure in a row, and never quite as long as others, who failed in the same second.

        `reason` is told to people. One that connects and breaks at once fails in a row, too.
        """
        held = clock.monotonic() - self._connected_at if self._connected_at else 0.0
        if held > max(_STEADY, self._paused):
            self._failures = self._mistakes = 0
        self._failures, self._connected_at = self._failures + 1, 0.0
        log.info("account %s is disconnected: %s", self.account.account_id, reason)
        if reason and self._address and self._failures >= _TELL_AFTER:
            await self._in_scope(addresses.set_state, self._address, Connection.CONNECTING, reason)
        longest = min(2.0 ** min(self._failures - 1, 10), _LONGEST_PAUSE)
        self._paused = random.uniform(longest / 2, longest)  # noqa: S311 - no secret
        try:
            async with asyncio.timeout(self._paused):
                await self._stop.wait()
        except TimeoutError:
            return

    async def _give_up(self) -> None:
        """Park an account that nothing but a repair of ours will help, so that it costs the others nothing."""
        self.wait = _PARKED_FOR
        if self._address is not None:
            await self._in_scope(addresses.set_state, self._address, Connection.DISCONNECTED, _MISTAKE)

    async def _emit(self, events: Sequence[Any]) -> None:
        states = [event for event in events if isinstance(event, types.StateChanged)]
        others = [event for event in events if not isinstance(event, types.StateChanged)]
        if others:
            await self._store(others)
        for state in states:
            self._connected_at = clock.monotonic()
            await self._in_scope(self._note, state)

    async def _store(self, events: Sequence[Any]) -> None:
        try:
            await self._in_scope(self._accept, events)
        except _AWAY:
            raise
        except Exception as error:  # of any kind: the adapter must not take it for a failure of its messenger's
            raise NotStored from error

    def _accept(self, events: Sequence[Any]) -> None:
        # whether it receives is read anew: it may have been switched off a moment ago
        inbox.accept(Address.objects.only("company_id", "kind", "receiving").get(pk=self.address_id), events)

    def _note(self, event: types.StateChanged) -> None:
        address = Address.objects.get(pk=self.address_id)
        if address.receiving:
            addresses.set_state(address, event.state, event.detail)

    # --- the work ---

    def offer(self, due: Due) -> None:
        """Take a row on, unless one of its lane is at work here already."""
        if due.lane not in self._working and len(self._working) < 2 * _AT_ONCE:
            self._working.add(due.lane)
            self._due.put_nowait(due)

    async def _pump(self) -> None:
        """Work the rows that wait for this connection; those begun are finished before it is let go."""
        gate = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            while True:
                due = await self._due.get()
                group.create_task(self._work(due, gate))

    async def _work(self, due: Due, gate: asyncio.Semaphore) -> None:
        try:
            async with gate:
                if self.is_connected:
                    await self._pools.work.run(jobs.run, due.label, due.pk, due.company_id)
        except Exception:
            log.exception("%s %s", due.label, due.pk)
        finally:
            self._working.discard(due.lane)

    async def signal(self, word: dict[str, Any]) -> None:
        """Typing or a read mark, of one chat in the order in which they were asked for; a hint may fail."""
        if not self.is_connected or self._adapter is None:
            return
        turn = self._signals.setdefault(word["chat"], asyncio.Lock())
        try:
            async with turn:
                await self._pools.work.run(
                    self._adapter.signal, word["chat"], word["what"], on=word["on"], message_id=word["message"]
                )
        except MessengerError as error:
            log.info("%s was not shown by %r: %s", word["what"], self._adapter, error)

    async def _in_scope(self, function: Any, *args: Any) -> Any:
        def work() -> Any:
            with tenancy.company_scope(self.account.company_id):
                return function(*args)

        return await self._pools.books.run(work)


def _park(address: Address, reason: str) -> None:
    """The login is dead: nothing connects it any more until somebody logs in again."""
    if addresses.note_dead_login(address, reason):
        MessengerAccount.objects.filter(pk=address.account_id).update(state=Connection.LOGIN_REQUIRED)
