"""Holds the connections of session accounts: takes leases, keeps them, and lets go when it must.

An account is connected by the holder of its lease only. A connection is cut before its lease could run out, and a new
holder waits for the old lease to end, so that no account is ever connected twice: not in a deploy, not after a crash,
not when a machine loses the database.
"""

import asyncio
import logging
import math
import os
import random
import socket
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, InterfaceError

from happ_project.core import clock, ids, jobs
from messengers.services import io as at_work
from messengers.sessions import across, farewell, lease, listening, presence
from messengers.sessions.account import Held
from messengers.sessions.across import Due, Wanted
from messengers.sessions.threads import Pools

log = logging.getLogger(__name__)

_LOOK_EVERY = 2.0
_DRAIN_EVERY = 1.0
_CONNECTING_AT_ONCE = 20
_SHED_AT_ONCE = 5
_MOST_LOGINS = 3
_CANCEL_EVERY = 1.0


async def end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel them until they have ended: one may be swallowed (seen with the Redis subscription)."""
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _ended, running = await asyncio.wait(running, timeout=_CANCEL_EVERY)


class Runner:
    """One process that holds many accounts; `length`: of its leases."""

    def __init__(self, *, length: timedelta = lease.LEASE) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{ids.new_code(4)}"
        self._length = length
        self._stopping = asyncio.Event()
        self._look_now, self._drain_now = asyncio.Event(), asyncio.Event()
        self._held: dict[UUID, Held] = {}
        self._safe_until = 0.0
        self._logins: set[str] = set()
        self._parting: set[UUID] = set()  # accounts that are being logged out
        self._pools = Pools()

    def stop(self) -> None:
        self._stopping.set()
        at_work.stopping.set()

    async def run(self) -> None:
        """Until told to stop; then lets go of all accounts, so that others may take them at once."""
        at_work.stopping.clear()
        loops = [
            asyncio.create_task(self._repeat(self._keep_leases, self._length.total_seconds() / 5)),
            asyncio.create_task(self._repeat(self._look, _LOOK_EVERY, self._look_now)),
            asyncio.create_task(self._repeat(self._drain, _DRAIN_EVERY, self._drain_now)),
            asyncio.create_task(listening.listen(self._hear)),
        ]
        try:
            await self._stopping.wait()
        finally:
            await end(loops[1:])
            await asyncio.gather(*(held.let_go() for held in self._held.values()), return_exceptions=True)
            await end(loops[:1])
            await presence.leave(self.name)
            await asyncio.to_thread(self._pools.close)

    async def _repeat(
        self, step: Callable[[], Awaitable[None]], pause: float, nudge: asyncio.Event | None = None
    ) -> None:
        """The step, again and again; whatever goes wrong in it is said and does not end it."""
        nudge = nudge or asyncio.Event()
        while True:
            try:
                nudge.clear()
                await step()
            except (DatabaseError, InterfaceError) as error:
                log.warning("%s: %s", step.__name__, error)
            except Exception:
                log.exception("%s", step.__name__)
            try:
                async with asyncio.timeout(pause):
                    await nudge.wait()
            except TimeoutError:
                continue

    # --- leases ---

    async def _keep_leases(self) -> None:
        """Prolong all leases at once. Without word from the database the connections are cut before the leases end."""
        if not self._held:
            return
        asked = clock.monotonic()
        length = self._length.total_seconds()
        patience = max(self._safe_until - asked, 0.1)
        try:
            async with asyncio.timeout(patience):
                ours = await self._pools.leases.run(across.renew, self.name, self._length)
        except (DatabaseError, InterfaceError, TimeoutError) as error:
            if clock.monotonic() + length / 5 >= self._safe_until:
                log.warning("the leases could not be renewed, so all accounts are disconnected: %s", error)
                await self._cut(list(self._held))
            raise
        self._safe_until = asked + length * (1 - lease.MARGIN)
        await self._cut([key for key, held in self._held.items() if not held.is_over and ours.get(key) != held.fence])

    async def _cut(self, keys: list[UUID]) -> None:
        lost = [self._held.pop(key) for key in keys if key in self._held]
        await asyncio.gather(*(held.cut() for held in lost))

    async def _look(self) -> None:
        """Let go of what is not wanted any more, take what nobody holds."""
        wanted = {found.account_id: found for found in await self._pools.leases.run(across.wanted)}
        share = math.ceil(len(wanted) / await presence.count(self.name))
        await self._let_go_of(self._unwanted(wanted, share))
        missing = [account for key, account in wanted.items() if key not in self._held and key not in self._parting]
        free = await self._pools.leases.run(across.free, [account.account_id for account in missing])
        chosen = [account for account in missing if account.account_id in free]
        random.shuffle(chosen)  # so that two runners do not reach for the same ones
        room = _CONNECTING_AT_ONCE - sum(held.is_starting for held in self._held.values())
        for account in chosen[: max(min(room, share - len(self._held)), 0)]:
            await self._take(account)
        if len(chosen) > room:
            asyncio.get_running_loop().call_later(0.1, self._look_now.set)

    def _unwanted(self, wanted: dict[UUID, Wanted], share: int) -> list[tuple[Held, bool]]:
        """What to let go of; True with those whose login was replaced, so that the old one is given back."""
        found = []
        for key, held in self._held.items():
            now = wanted.get(key)
            if held.is_over or now != held.account:
                is_replaced = now is not None and not now.leaving and not held.is_over
                found.append((held, is_replaced))
        if not found and len(self._held) > share + 1:  # another runner has come: leave some to it, a few at a time
            surplus = [held for held in self._held.values() if held.is_connected][share:]
            found = [(held, False) for held in surplus[:_SHED_AT_ONCE]]
        return found

    async def _let_go_of(self, chosen: list[tuple[Held, bool]]) -> None:
        await asyncio.gather(*(held.let_go(log_out=is_replaced) for held, is_replaced in chosen))
        for held, _is_replaced in chosen:
            self._held.pop(held.account.account_id, None)

    async def _take(self, account: Wanted) -> None:
        asked = clock.monotonic()
        fence = await self._pools.leases.run(
            lease.take, account.account_id, account.company_id, self.name, self._length
        )
        if fence is None:
            return
        if not self._held:
            self._safe_until = asked + self._length.total_seconds() * (1 - lease.MARGIN)
        if account.leaving:
            self._parting.add(account.account_id)
            asyncio.create_task(self._part_from(account))  # noqa: RUF006 - ends with its thread, which `close` waits for
            return
        held = Held(account, fence=fence, holder=self.name, pools=self._pools)
        self._held[account.account_id] = held
        held.start()

    async def _part_from(self, account: Wanted) -> None:
        """Log out a removed account. Where the messenger cannot be reached it takes long, and nobody waits for it."""
        try:
            await self._pools.partings.run(farewell.say, account, self.name)
        except (DatabaseError, InterfaceError) as error:
            log.warning("account %s is logged out later: %s", account.account_id, error)
        finally:
            self._parting.discard(account.account_id)

    # --- work ---

    async def _drain(self) -> None:
        """Offer what is due to the accounts that are connected."""
        ready = {held.address_id: held for held in self._held.values() if held.is_connected and held.address_id}
        if ready:
            for due in await self._pools.leases.run(across.due, dict.fromkeys(ready)):
                if due.owner is not None:
                    ready[due.owner].offer(due)
        for due in await self._pools.leases.run(across.due_logins):
            if len(self._logins) < _MOST_LOGINS and due.lane not in self._logins:
                self._logins.add(due.lane)
                asyncio.create_task(self._log_in(due))  # noqa: RUF006 - ends with its thread, which `close` waits for

    async def _log_in(self, due: Due) -> None:
        """A step that needs a connection for as long as it is shown."""
        try:
            await self._pools.logins.run(jobs.run, due.label, due.pk, due.company_id)
        finally:
            self._logins.discard(due.lane)

    async def _hear(self, word: dict[str, Any]) -> None:
        if word.get("do") == "drain":
            self._drain_now.set()
        elif word.get("do") == "look":
            self._look_now.set()
        elif word.get("do") == "signal":
            for held in self._held.values():
                if str(held.address_id) == word.get("address"):
                    asyncio.create_task(held.signal(word))  # noqa: RUF006 - a hint
