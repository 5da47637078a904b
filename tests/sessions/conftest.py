"""A company's Telegram account on the fake data-centre, and session runners in threads."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from django.db import connection

from conversations.models import Chat, Message
from happ_project.companies.models import Company
from happ_project.core import clock, health, jobs, tenancy
from integrations.models import Integration
from integrations.services import integrations
from messengers import types
from messengers.models import Address, MessengerAccount
from messengers.services import addresses, nudges
from messengers.sessions.runner import Runner
from tests import factories
from tests.doubles.telegram import Account, Running

T = TypeVar("T")
SHORT = timedelta(seconds=2)


def until(holds: Callable[[], T], *, seconds: float = 10.0) -> T:
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
    return found


class Line:
    """One business account: its company, its integration, its person on the fake Telegram."""

    def __init__(self, telegram: Running, company: Company, *, phone: str = "+380501110001", **fields: Any) -> None:
        self.telegram, self.company = telegram, company
        self.owner: Account = telegram.do(lambda dc: dc.add_account(phone, "Alice", **fields))
        self.connect(telegram.session(self.owner))
        with self.scope():
            self.integration.assistant = factories.make_assistant(company)
            self.integration.save()
            integrations.switch_on(self.integration)

    def connect(self, session: str) -> None:
        """What a finished login does."""
        name = str(self.owner.id)
        done = types.Done(
            account=types.AccountGrant(external_id=name, name=self.owner.phone, credentials={"session": session}),
            addresses=(types.AddressGrant(external_id=name, name=self.owner.phone),),
        )
        with self.scope():
            addresses.adopt(company_id=self.company.pk, kind="telegram", done=done)

    def scope(self) -> Any:
        return tenancy.company_scope(self.company)

    @property
    def address(self) -> Address:
        with self.scope():
            return Address.objects.select_related("account").get(external_id=str(self.owner.id))

    @property
    def account(self) -> MessengerAccount:
        with self.scope():
            return MessengerAccount.objects.get(external_id=str(self.owner.id))

    @property
    def integration(self) -> Integration:
        if not hasattr(self, "_integration"):
            with self.scope():
                self._integration = Integration.objects.get(address__external_id=str(self.owner.id))
        return self._integration

    def ask(self, query: Callable[[], T]) -> T:
        with self.scope():
            return query()

    def texts(self) -> list[str]:
        """What stands in the company's chats, in order."""
        work_off()
        return self.ask(lambda: list(Message.objects.order_by("sent_at", "id").values_list("text", flat=True)))

    def chat(self) -> Chat:
        work_off()
        return self.ask(lambda: Chat.objects.select_related("integration__address").get())


def work_off(queue: str = "inbound") -> int:
    """Do what the Celery workers of a queue would do now."""
    from messengers.models import InboundReceipt

    done = 0
    with tenancy.all_companies():
        waiting = InboundReceipt.objects.filter(queue=queue, state="waiting", run_at__lte=clock.now()).order_by("id")
        rows = list(waiting.values_list("pk", "company_id"))
    for pk, company_id in rows:
        done += jobs.run("messengers.InboundReceipt", pk, company_id)
    return done


class RunnerThread:
    """A session runner as a process would run it."""

    def __init__(self, *, length: timedelta = SHORT) -> None:
        self.runner: Runner | None = None
        self._loop = asyncio.new_event_loop()
        started = threading.Event()

        async def run() -> None:
            self.runner = Runner(length=length)
            started.set()
            await self.runner.run()

        def work() -> None:
            self._loop.run_until_complete(run())
            self._loop.close()
            connection.close()

        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()
        started.wait(5)

    @property
    def held(self) -> int:
        assert self.runner is not None
        return sum(held.is_connected for held in list(self.runner._held.values()))

    @property
    def listens(self) -> bool:
        """Whether it hears what others say to runners."""
        return bool(health.state_store().pubsub_numsub(nudges.CHANNEL)[0][1])

    def tasks(self) -> int:
        """How many tasks its loop has."""
        return len(asyncio.all_tasks(self._loop))

    def stop(self) -> None:
        if self._thread.is_alive():
            assert self.runner is not None
            self._loop.call_soon_threadsafe(self.runner.stop)
            self._thread.join(20)
            assert not self._thread.is_alive()


@pytest.fixture
def telegram(settings: Any) -> Iterator[Running]:
    with Running() as running:
        settings.PROVIDER_SETTINGS = {**settings.PROVIDER_SETTINGS, **running.settings}
        yield running
        assert running.dc.failures == []


@pytest.fixture
def line(telegram: Running, company: Company) -> Line:
    return Line(telegram, company)


@pytest.fixture
def bob(telegram: Running) -> Account:
    """A customer."""
    return telegram.do(lambda dc: dc.add_account("+380501110002", "Bob"))


@pytest.fixture
def runners(telegram: Running) -> Iterator[Callable[..., RunnerThread]]:
    made: list[RunnerThread] = []

    def start(**options: Any) -> RunnerThread:
        made.append(RunnerThread(**options))
        return made[-1]

    yield start
    for each in made:
        each.stop()


@pytest.fixture
def runner(runners: Callable[..., RunnerThread], line: Line) -> RunnerThread:
    """A runner that has connected the line."""
    started = runners()
    until(lambda: started.held == 1)
    return started
