"""Holds the connections of session accounts: takes leases, runs each account's adapter, lets go when it must.

An account is connected by the holder of its lease only. When a lease cannot be renewed the connection is dropped
before the lease runs out, so that no account is ever connected twice.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections

from happ_project.core import tenancy
from messengers.adapter import SessionAdapter
from messengers.models import Address, MessengerAccount
from messengers.services import inbox
from messengers.services.io import adapter_of
from messengers.sessions import lease

log = logging.getLogger(__name__)

_LOOK_SECONDS = 5.0


def _in_thread(function: Callable[..., Any]) -> Callable[..., Any]:
    return sync_to_async(function, thread_sensitive=True)


class Runner:
    """One process that holds many accounts."""

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._stopping = asyncio.Event()
        self._held: dict[UUID, tuple[asyncio.Task, asyncio.Event]] = {}

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Look for accounts, keep their leases, until told to stop; then let go of all of them."""
        while not self._stopping.is_set():
            try:
                await self._look()
            except DatabaseError as error:
                log.warning("database: %s", error)
                await self._let_go_of_all()
            try:
                await asyncio.wait_for(self._stopping.wait(), _LOOK_SECONDS)
            except TimeoutError:
                continue
        await self._let_go_of_all()

    async def _look(self) -> None:
        wanted = {account.pk: account for account in await _in_thread(_wanted)()}
        for key in [key for key in self._held if key not in wanted or self._held[key][0].done()]:
            await self._let_go(key)
        for key, account in wanted.items():
            if await _in_thread(lease.take)(account, self.name) is None:
                await self._let_go(key)
            elif key not in self._held:
                stop = asyncio.Event()
                self._held[key] = (asyncio.create_task(self._hold(account, stop)), stop)

    async def _hold(self, account: MessengerAccount, stop: asyncio.Event) -> None:
        try:
            address = await _in_thread(_address_of)(account)
            adapter = adapter_of(address)
            assert isinstance(adapter, SessionAdapter)

            async def emit(event: Any) -> None:
                await _in_thread(_accept)(address, event)

            await adapter.run(emit, stop)
        except Exception:
            log.exception("the session of account %s ended", account.pk)
        finally:
            await _in_thread(lease.drop)(account, self.name)

    async def _let_go(self, key: UUID) -> None:
        held = self._held.pop(key, None)
        if held is None:
            return
        task, stop = held
        stop.set()
        await asyncio.wait([task], timeout=lease.LEASE.total_seconds() / 3)
        task.cancel()

    async def _let_go_of_all(self) -> None:
        for key in list(self._held):
            await self._let_go(key)


def _wanted() -> list[MessengerAccount]:
    close_old_connections()
    return lease.wanted()


def _address_of(account: MessengerAccount) -> Address:
    with tenancy.company_scope(account.company_id):
        return Address.objects.select_related("account").get(account=account, receiving=True, deleted_at=None)


def _accept(address: Address, event: Any) -> None:
    with tenancy.company_scope(address.company_id):
        address.refresh_from_db(fields=["receiving"])
        inbox.accept(address, [event])
