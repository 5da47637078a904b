"""Addresses are switched on, looked after daily and given back at the platform; what breaks is told, once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail

from happ_project.companies.models import Company
from happ_project.core import clock, http, tenancy
from integrations.models import ConnectionNotice, Integration
from integrations.services import integrations
from messengers.models import Address, AddressTask, LeftOut, MessengerAccount
from messengers.services import addresses, errands, left_out
from tests.doubles import meta, wasender
from tests.doubles.meta import Meta
from tests.doubles.wasender import Session, WaSender
from tests.working import Time, time, work, work_for

__all__ = ["time"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def inside(time: Time, company: Company) -> Iterator[None]:
    with tenancy.company_scope(company):
        yield
    http.configure()


@pytest.fixture
def gateway(settings: Any) -> Iterator[WaSender]:
    with wasender.running(clock=lambda: clock.now().timestamp()) as double:
        settings.PROVIDER_SETTINGS = {**settings.PROVIDER_SETTINGS, "WASENDER_BASE_URL": double.base_url}
        yield double


@pytest.fixture
def double(settings: Any) -> Iterator[Meta]:
    with meta.running(clock=lambda: clock.now().timestamp()) as double:
        settings.PROVIDER_SETTINGS = {**settings.PROVIDER_SETTINGS, **double.settings()}
        yield double


def number(company: Company, gateway: WaSender) -> tuple[Address, Session]:
    """A WhatsApp number whose webhook points elsewhere."""
    token = gateway.add_token()
    session = gateway.add_session(token, webhook_url="https://old.example.com/", webhook_enabled=True)
    account = MessengerAccount.objects.create(
        company=company, kind="whatsapp", external_id="1", credentials={"token": token}
    )
    credentials = {"session_id": str(session.id), "api_key": session.api_key, "webhook_secrets": ["an old one"]}
    address = Address.objects.create(
        company=company, account=account, kind="whatsapp", external_id="380500000001", credentials=credentials
    )
    integrations.ensure(address)
    return address, session


def pages(company: Company, count: int) -> list[Integration]:
    """Several pages of one login, switched on."""
    account = MessengerAccount.objects.create(company=company, kind="facebook", external_id="o", title="Olena Koval")
    made = []
    for i in range(count):
        address = Address.objects.create(
            company=company, account=account, kind="facebook", external_id=str(i), title=f"Page {i}", receiving=True
        )
        integration = integrations.ensure(address)
        Integration.objects.filter(pk=integration.pk).update(enabled=True)
        made.append(Integration.objects.select_related("address").get(pk=integration.pk))
    return made


def subjects() -> list[str]:
    return [each.subject for each in mail.outbox]


def test_switching_on_points_the_platform_at_us_and_keeps_what_it_gives(company: Company, gateway: WaSender) -> None:
    address, session = number(company, gateway)

    addresses.set_receiving(address, True)
    work(AddressTask)

    address.refresh_from_db()
    assert session.webhook_url == addresses.webhook_url("whatsapp", address.webhook_token)
    assert address.credentials["webhook_secrets"] == [session.webhook_secret, "an old one"]
    assert address.credentials["api_key"] == session.api_key


def test_removing_gives_the_login_back_and_then_forgets_it(company: Company, gateway: WaSender) -> None:
    address, session = number(company, gateway)

    integrations.remove(Integration.objects.get(address=address))
    address.refresh_from_db()
    assert address.credentials, "they are needed to say good-bye"
    work(AddressTask)

    address.refresh_from_db()
    account = MessengerAccount.objects.get(kind="whatsapp")
    assert (session.webhook_enabled, session.status) == (False, "disconnected")
    assert (dict(address.credentials), dict(account.credentials), account.deleted_at is None) == ({}, {}, False)


def test_a_platform_that_is_gone_does_not_keep_the_credentials_here(
    company: Company, gateway: WaSender, time: Time
) -> None:
    address, _session = number(company, gateway)
    gateway.stop()

    integrations.remove(Integration.objects.get(address=address))
    work_for(time, 3600)

    address.refresh_from_db()
    assert dict(address.credentials) == {}
    assert [task.state for task in AddressTask.objects.all()] == ["failed"]


def test_good_bye_is_not_said_for_whoever_connected_the_page_since(company: Company, double: Meta) -> None:
    page = double.add_page(double.add_person())
    double.subscribe_by_hand(page)
    account = MessengerAccount.objects.create(company=company, kind="facebook", external_id="o")
    fields = {"company": company, "account": account, "kind": "facebook", "external_id": page.id}
    old = Address.objects.create(**fields, credentials={"token": "x"}, config={"subscription": f"page:{page.id}"})
    addresses.remove(old)
    Address.objects.create(**fields)

    work(AddressTask)

    assert page.fields is not None
    assert double.calls["unsubscribe_page"] == 0


def test_a_platform_that_is_away_is_asked_again_and_nobody_is_alarmed(
    company: Company, gateway: WaSender, time: Time
) -> None:
    address, _session = number(company, gateway)
    Address.objects.update(receiving=True)
    gateway.fail("/status", "500", times=2)

    assert errands.plan_checks() == 1
    work_for(time, 3600)

    address.refresh_from_db()
    assert address.state == "connected"
    assert gateway.calls["status"] >= 1
    assert mail.outbox == []


def test_what_is_left_out_is_counted_by_what_it_was() -> None:
    left_out.count("facebook", {"standby": 2, "changes: feed": 1})
    left_out.count("facebook", {"standby": 3, "x" * 80: 1, "x" * 90: 1})
    left_out.count("facebook", {})

    assert {row.reason: row.count for row in LeftOut.objects.all()} == {"standby": 5, "changes: feed": 1, "x" * 60: 2}


# --- the owner is told ------------------------------------------------------------------------------------------------


def breaks(integration: Integration, state: str = "login_required") -> None:
    addresses.set_state(integration.address, state, "The password of the Meta account was changed.")


def heals(integration: Integration) -> None:
    addresses.set_state(integration.address, "connected")


def test_five_pages_that_break_with_one_login_are_one_mail_and_one_when_they_heal(company: Company, time: Time) -> None:
    five = pages(company, 5)

    for integration in five:
        breaks(integration)
        work_for(time, 10)
    work_for(time, 600)
    assert subjects() == ["Page 0, Page 1, Page 2… does not work any more"]
    assert "Page 4 (Facebook Messenger): Log in again" in mail.outbox[0].body
    assert mail.outbox[0].to == [company.owner.email]

    for integration in five:
        heals(integration)
    work_for(time, 600)
    assert subjects()[1:] == ["Olena Koval works again"]


def test_what_passes_by_itself_is_not_told(company: Company, time: Time) -> None:
    (page,) = pages(company, 1)

    for _ in range(3):
        breaks(page, "disconnected")
        work_for(time, 120)
        heals(page)
        work_for(time, 120)

    assert subjects() == []
    assert set(ConnectionNotice.objects.values_list("state", flat=True)) == {"cancelled"}


def test_a_break_is_told_once_however_often_it_is_noticed(company: Company, time: Time) -> None:
    (page,) = pages(company, 1)

    for state in ("login_required", "disconnected", "login_required"):
        breaks(page, state)
        work_for(time, 3600)

    assert len(mail.outbox) == 1


def test_the_next_break_is_told_again(company: Company, time: Time) -> None:
    (page,) = pages(company, 1)

    for _ in range(2):
        breaks(page)
        work_for(time, 600)
        heals(page)
        work_for(time, 600)

    assert subjects() == ["Page 0 does not work any more", "Olena Koval works again"] * 2


def test_a_channel_that_is_switched_off_alarms_nobody(company: Company, time: Time) -> None:
    (page,) = pages(company, 1)
    integrations.switch_off(page)

    breaks(Integration.objects.select_related("address").get(pk=page.pk))
    work_for(time, 3600)

    assert mail.outbox == []


def test_connecting_for_some_minutes_is_no_news(company: Company, time: Time) -> None:
    (page,) = pages(company, 1)

    addresses.set_state(page.address, "connecting", "Telegram cannot be reached.")
    work_for(time, 800)
    assert mail.outbox == []
    heals(page)
    work_for(time, 3600)

    assert mail.outbox == []


def test_a_hiccup_that_turns_out_worse_is_told_in_time(company: Company, time: Time) -> None:
    (page,) = pages(company, 1)
    addresses.set_state(page.address, "connecting")
    began = clock.now()
    work_for(time, 120)

    breaks(page)
    work_for(time, 120)

    assert subjects() == ["Page 0 does not work any more"]
    assert ConnectionNotice.objects.latest("id").broke_at == began


def test_connecting_without_an_end_is_told(company: Company, time: Time) -> None:
    (page,) = pages(company, 1)

    addresses.set_state(page.address, "connecting", "Telegram cannot be reached.")
    work_for(time, 1000)

    assert subjects() == ["Page 0 does not work any more"]
    assert "Connecting" in mail.outbox[0].body and "Telegram cannot be reached." in mail.outbox[0].body
    assert "log in again" not in mail.outbox[0].body.lower(), "it would be no help"
    heals(page)
    work_for(time, 120)
    assert subjects()[1:] == ["Olena Koval works again"]
