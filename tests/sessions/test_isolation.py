"""An account in trouble costs the others nothing: it waits longer and longer, and is parked where that is no help."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import OperationalError
from telethon.tl import functions

from conversations.models import Message
from conversations.services import outbound
from happ_project.companies.models import Company
from happ_project.core import clock
from messengers.adapters.telegram.client.connection import Client
from messengers.models import Address, Delivery, MessengerAccount, SessionLease
from messengers.services import inbox
from messengers.sessions import account as held
from messengers.sessions import across
from tests.doubles.telegram import Account, Disruption, RpcFault, Running
from tests.sessions.conftest import Line, RunnerThread, until

pytestmark = pytest.mark.django_db(transaction=True)

DIFFERENCE = functions.updates.GetDifferenceRequest


@pytest.fixture
def others(telegram: Running, company: Company) -> Line:
    """A second account of the company."""
    return Line(telegram, company, phone="+380501110005")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the accounts were to wait; none of them does."""
    asked: list[float] = []

    def at_once(shortest: float, longest: float) -> float:
        assert shortest == longest / 2, "no two accounts wait equally long"
        asked.append(longest)
        return 0.001

    monkeypatch.setattr(held, "random", SimpleNamespace(uniform=at_once))
    return asked


def lease_of(line: Line) -> SessionLease:
    return line.ask(lambda: SessionLease.objects.get(account=line.account))


def serves(line: Line, telegram: Running, customer: Account, text: str) -> None:
    """What the customer writes there arrives, and the answer goes out."""
    telegram.do(lambda dc: dc.post.send(customer, line.owner, text))
    until(lambda: text in line.texts())
    with line.scope():
        chat = Message.objects.select_related("chat__integration__address").get(text=text).chat
        outbound.send(chat, text=f"re: {text}", source="AI")
    until(lambda: f"re: {text}" in [copy.message.text for copy in customer.mailbox.copies.values()])


def test_an_account_that_cannot_be_connected_waits_longer_each_time_up_to_a_cap(
    line: Line, others: Line, runners: Callable[..., RunnerThread], telegram: Running, bob: Account, pauses: list[float]
) -> None:
    telegram.do(lambda dc: dc.script(DIFFERENCE, *[Disruption.DROP_CONNECTION] * 40, account=line.owner))
    runner = runners()

    until(lambda: len(pauses) >= 20)

    assert pauses[:12] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert line.address.state == "connecting"
    assert "cannot be reached" in line.address.state_detail
    serves(others, telegram, bob, "are you open?")
    until(lambda: runner.held == 2, seconds=20)
    until(lambda: line.address.state == "connected")


def test_an_account_that_fails_again_and_again_leaves_nothing_behind(
    line: Line, runners: Callable[..., RunnerThread], telegram: Running, pauses: list[float]
) -> None:
    def clients() -> int:
        gc.collect()
        # not isinstance, which wakes lazy objects
        return sum(issubclass(type(each), Client) for each in gc.get_objects())

    before = clients()
    telegram.do(lambda dc: dc.script(DIFFERENCE, *[Disruption.DROP_CONNECTION] * 60, account=line.owner))
    runner = runners()

    until(lambda: len(pauses) >= 60, seconds=60)
    until(lambda: runner.held == 1)

    assert clients() - before <= 2, "sixty connections were made, and one is in use"
    assert runner.tasks() < 40
    telegram.until(lambda dc: len(line.owner.connections) == 1)


def test_an_account_that_breaks_as_soon_as_it_is_connected_waits_longer_too(
    line: Line, runner: RunnerThread, telegram: Running, pauses: list[float]
) -> None:
    """Else it would be a loop that connects each second for ever."""
    for known in range(4):
        until(lambda: runner.held == 1)
        telegram.do(lambda dc: dc.drop_connections(line.owner))
        until(lambda known=known: len(pauses) > known)

    assert pauses == [1, 2, 4, 8]


def test_one_that_held_begins_anew(
    line: Line, runner: RunnerThread, telegram: Running, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "_STEADY", 0.0)
    for known in range(4):
        until(lambda: runner.held == 1)
        until(lambda: line.address.state == "connected")
        telegram.do(lambda dc: dc.drop_connections(line.owner))
        until(lambda known=known: len(pauses) > known)

    assert pauses == [1, 1, 1, 1]


def test_what_is_our_own_mistake_parks_the_account_and_the_others_go_on(
    line: Line,
    others: Line,
    runners: Callable[..., RunnerThread],
    telegram: Running,
    bob: Account,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, poisoned = inbox.accept, line.address.pk

    def accept(address: Address, found: Sequence[Any]) -> bool:
        if address.pk == poisoned:
            raise ValueError("nobody thought of that")
        return whole(address, found)

    runner = runners()
    until(lambda: runner.held == 2)
    monkeypatch.setattr(inbox, "accept", accept)
    telegram.do(lambda dc: dc.post.send(bob, line.owner, "poison"))

    until(lambda: line.address.state == "disconnected")

    assert "our side" in line.address.state_detail
    until(lambda: not line.owner.connections)
    until(lambda: lease_of(line).retry_at)
    assert timedelta(minutes=59) < lease_of(line).retry_at - clock.now() <= timedelta(hours=1)
    assert len(pauses) == 5
    calls = sum(call.account is line.owner for call in telegram.dc.calls)
    serves(others, telegram, bob, "are you open?")
    assert sum(call.account is line.owner for call in telegram.dc.calls) == calls, "it is left alone"

    monkeypatch.undo()
    with line.scope():
        SessionLease.objects.filter(account=line.account).update(retry_at=clock.now())
    until(lambda: "poison" in line.texts())
    until(lambda: line.address.state == "connected")


def test_a_database_that_goes_away_parks_nobody(
    line: Line,
    runner: RunnerThread,
    telegram: Running,
    bob: Account,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, tries = inbox.accept, []

    def accept(address: Address, found: Sequence[Any]) -> bool:
        tries.append(found)
        if len(tries) <= 10:
            raise OperationalError("the database is gone")
        return whole(address, found)

    monkeypatch.setattr(inbox, "accept", accept)
    telegram.do(lambda dc: dc.post.send(bob, line.owner, "hello"))

    until(lambda: line.texts() == ["hello"])
    until(lambda: line.address.state == "connected")


def test_a_login_that_no_key_opens_does_not_hold_up_the_others(
    line: Line, others: Line, runners: Callable[..., RunnerThread], telegram: Running, bob: Account, settings: Any
) -> None:
    keys, account = settings.ENCRYPTION_KEYS, line.account
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with line.scope():
        MessengerAccount.objects.filter(pk=account.pk).update(credentials={"session": "of another key"})
    settings.ENCRYPTION_KEYS = keys

    assert [wanted.account_id for wanted in across.wanted()] == [others.account.pk]
    runner = runners()
    until(lambda: runner.held == 1)
    serves(others, telegram, bob, "are you open?")


def test_a_limit_of_one_account_slows_no_other(
    line: Line, others: Line, runners: Callable[..., RunnerThread], telegram: Running, bob: Account
) -> None:
    runner = runners()
    until(lambda: runner.held == 2)
    telegram.do(lambda dc: dc.post.send(bob, line.owner, "hi"))
    until(lambda: "hi" in line.texts())
    limit = RpcFault(420, "FLOOD_WAIT_300")
    telegram.do(lambda dc: dc.script(functions.messages.SendMessageRequest, limit, account=line.owner))
    with line.scope():
        chat = Message.objects.select_related("chat__integration__address").get(text="hi").chat
        outbound.send(chat, text="later", source="AI")
    until(lambda: line.address.is_limited)

    serves(others, telegram, bob, "are you open?")

    assert line.ask(lambda: Delivery.objects.get(address=line.address).status) == "queued"
    assert not others.address.is_limited
