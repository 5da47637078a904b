"""A login through the whole house: the web writes answers, workers and the runner talk, an expired one is undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from telethon.tl import functions

from happ_project.companies.models import Company
from happ_project.core import clock, jobs, tenancy
from messengers import types
from messengers.models import Address, LoginAttempt, MessengerAccount
from messengers.services import login
from tests import factories
from tests.doubles.telegram import Account, Running
from tests.sessions.conftest import Line, RunnerThread, until

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = "+380501110001"


class Page:
    """The login page of one company."""

    def __init__(self, company: Company) -> None:
        self.company = company
        with tenancy.company_scope(company):
            self.key = login.start(company_id=company.pk, kind="telegram").pk
        self.work()

    @property
    def attempt(self) -> LoginAttempt:
        with tenancy.company_scope(self.company):
            return LoginAttempt.objects.get(pk=self.key)

    @property
    def step(self) -> Any:
        with tenancy.company_scope(self.company):
            return login.step_of(self.attempt)

    def answers(self, **values: str) -> Any:
        with tenancy.company_scope(self.company):
            login.answer(self.attempt, values)
        self.work()
        return self.step

    def work(self) -> None:
        """What the Celery worker does."""
        if self.attempt.queue == LoginAttempt.default_queue:
            jobs.run("messengers.LoginAttempt", self.key, self.company.pk)


@pytest.fixture
def alice_on_telegram(telegram: Running) -> Account:
    return telegram.do(lambda dc: dc.add_account(PHONE, "Alice"))


def test_a_number_and_a_code_connect_an_account(
    company: Company, telegram: Running, alice_on_telegram: Account
) -> None:
    page = Page(company)
    page.answers(how="phone", phone=PHONE)
    page.answers(how="code", code=telegram.do(lambda dc: dc.code_for(PHONE)))

    assert page.attempt.status == "done"
    assert dict(page.attempt.memory) == {}
    with tenancy.company_scope(company):
        address = Address.objects.select_related("account").get(kind="telegram")
    assert (address.external_id, address.title) == (str(alice_on_telegram.id), PHONE)
    assert address.account.credentials["session"]


def test_the_key_is_nowhere_in_plain_text(company: Company, telegram: Running, alice_on_telegram: Account) -> None:
    from django.db import connection

    page = Page(company)
    page.answers(how="phone", phone=PHONE)
    half_done = page.attempt.memory["state"]["session"]
    page.answers(how="code", code=telegram.do(lambda dc: dc.code_for(PHONE)))
    with tenancy.company_scope(company):
        key = MessengerAccount.objects.get(kind="telegram").credentials["session"]

    with connection.cursor() as cursor:
        for table in ("messengers_messengeraccount", "messengers_address", "messengers_loginattempt"):
            cursor.execute(f"SELECT t::text FROM {table} t")
            told = str(cursor.fetchall())
            assert key not in told
            assert half_done not in told


def test_a_qr_code_is_shown_by_the_runner(
    company: Company, telegram: Running, alice_on_telegram: Account, runners: Callable[..., RunnerThread]
) -> None:
    runners()
    page = Page(company)
    assert isinstance(page.answers(how="qr", phone=""), types.Show)

    shown = until(lambda: isinstance(page.step, types.Show) and page.step.qr)
    telegram.do(lambda dc: dc.scan_qr(shown, alice_on_telegram))

    until(lambda: page.attempt.status == "done")
    with tenancy.company_scope(company):
        assert Address.objects.get(kind="telegram").external_id == str(alice_on_telegram.id)


def test_a_qr_code_of_a_stopped_runner_is_shown_by_the_next(
    company: Company, telegram: Running, alice_on_telegram: Account, runners: Callable[..., RunnerThread]
) -> None:
    first = runners()
    page = Page(company)
    page.answers(how="qr", phone="")
    before = until(lambda: isinstance(page.step, types.Show) and page.step.qr)
    first.stop()

    runners()

    shown = until(lambda: page.step.qr != before and page.step.qr, seconds=15)
    telegram.do(lambda dc: dc.scan_qr(shown, alice_on_telegram))
    until(lambda: page.attempt.status == "done")


def test_a_password_after_a_qr_code_is_any_workers_again(
    company: Company, telegram: Running, runners: Callable[..., RunnerThread]
) -> None:
    alice = telegram.do(lambda dc: dc.add_account(PHONE, "Alice", password="open sesame"))
    runners()
    page = Page(company)
    page.answers(how="qr", phone="")
    shown = until(lambda: isinstance(page.step, types.Show) and page.step.qr)
    telegram.do(lambda dc: dc.scan_qr(shown, alice))
    until(lambda: isinstance(page.step, types.Ask))

    page.answers(password="open sesame")

    assert page.attempt.status == "done"


def test_a_login_that_nobody_finishes_gives_its_key_back(
    company: Company, telegram: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram.do(lambda dc: dc.add_account(PHONE, "Alice", password="open sesame"))
    page = Page(company)
    page.answers(how="phone", phone=PHONE)
    page.answers(how="code", code=telegram.do(lambda dc: dc.code_for(PHONE)))
    assert len(telegram.dc.authorisations) == 1
    now = clock.now()

    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=21))
    page.work()

    assert page.attempt.status == "failed"
    assert "too long" in page.attempt.error
    assert telegram.dc.authorisations == {}
    assert telegram.dc.count(functions.auth.SendCodeRequest) == 1


def test_an_account_of_another_company_is_refused_and_the_new_key_given_back(line: Line, telegram: Running) -> None:
    other = factories.make_company(name="Florist")
    page = Page(other)
    page.answers(how="phone", phone=PHONE)
    page.answers(how="code", code=telegram.do(lambda dc: dc.code_for(PHONE)))

    assert page.attempt.status == "failed"
    assert "another company" in page.attempt.error
    assert telegram.dc.sessions_of(line.owner) == 1
