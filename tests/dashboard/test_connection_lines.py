"""The lines above every page say which logins broke and which work again; each puts the latter away for himself."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from happ_project.companies.models import Company, Membership
from happ_project.core import clock, tenancy
from integrations.models import ConnectionNotice, Event, Integration
from integrations.services import integrations
from messengers import types
from messengers.models import Address
from messengers.services import addresses
from tests import factories
from tests.working import Time, time, work_for

__all__ = ["time"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def inside(time: Time, company: Company) -> Any:
    with tenancy.company_scope(company):
        yield


def connected(company: Company, kind: str) -> Integration:
    """A channel that is logged in and switched on."""
    done = types.Done(
        account=types.AccountGrant(external_id="1", name=f"{kind} of Alice", credentials={"session": "s"}),
        addresses=(types.AddressGrant(external_id="1", name="Shop"),),
    )
    addresses.adopt(company_id=company.pk, kind=kind, done=done)
    integrations.switch_on(Integration.objects.get(address__kind=kind))
    addresses.set_state(Address.objects.get(kind=kind), "connected")
    return Integration.objects.select_related("address__account").get(address__kind=kind)


@pytest.fixture
def shop(company: Company) -> Integration:
    return connected(company, "telegram")


@pytest.fixture
def alice_sees(client: Client, company: Company) -> Client:
    client.force_login(company.owner)
    return client


def lines(client: Client) -> str:
    return " ".join(client.get("/integrations/troubles/").content.decode().split())


def breaks(integration: Integration, state: str = "login_required", reason: str = "") -> None:
    addresses.set_state(integration.address, state, reason)


def heals(integration: Integration) -> None:
    addresses.set_state(integration.address, "connected")


def test_who_works_again_is_said_until_it_is_put_away(shop: Integration, alice_sees: Client, time: Time) -> None:
    broke = clock.now()
    breaks(shop)
    work_for(time, 300)
    assert "Shop: Log in again" in lines(alice_sees)

    heals(shop)

    said = lines(alice_sees)
    assert "Log in again" not in said
    assert "telegram of Alice is connected again. Messages since" in said
    (since,) = re.findall(r'datetime="([^"]+)"', said)
    assert abs((datetime.fromisoformat(since) - broke).total_seconds()) < 2
    work_for(time, 3600)
    assert "is connected again" in lines(alice_sees)
    notice = ConnectionNotice.objects.get(what="healed")
    left = alice_sees.post(f"/integrations/troubles/{notice.pk}/dismiss/")
    assert left.content.decode().strip() == ""
    assert lines(alice_sees) == ""


def test_the_pages_hear_of_it_by_themselves(shop: Integration) -> None:
    breaks(shop)
    known = Event.objects.latest("id").pk

    heals(shop)

    news = Event.objects.filter(pk__gt=known, type="INTEGRATION_CHANGED")
    assert [each.payload["state"] for each in news] == ["connected"]
    assert ConnectionNotice.objects.filter(what="healed").exists(), "it is there when they ask"


def test_each_puts_it_away_for_himself(shop: Integration, alice_sees: Client, company: Company, time: Time) -> None:
    bob = factories.make_user(email="bob@example.com")
    Membership.objects.create(company=company, user=bob)
    bob_sees = Client()
    bob_sees.force_login(bob)
    breaks(shop)
    work_for(time, 300)
    heals(shop)

    for _ in range(2):
        alice_sees.post(f"/integrations/troubles/{ConnectionNotice.objects.get(what='healed').pk}/dismiss/")

    assert lines(alice_sees) == ""
    assert "is connected again" in lines(bob_sees)
    assert ConnectionNotice.objects.get(what="healed").dismissed_by == [str(company.owner.pk)]


def test_a_login_mended_at_once_is_said_on_the_pages_though_nobody_gets_a_mail(
    shop: Integration, alice_sees: Client, time: Time, mailoutbox: list[Any]
) -> None:
    breaks(shop)
    work_for(time, 20)

    heals(shop)
    work_for(time, 3600)

    assert "is connected again" in lines(alice_sees)
    assert mailoutbox == []


def test_a_login_mended_while_the_mail_server_fails_is_said_on_the_pages(
    shop: Integration, alice_sees: Client, time: Time, settings: Any
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = 1
    breaks(shop, "disconnected")
    work_for(time, 3600)

    heals(shop)

    assert "is connected again" in lines(alice_sees)


@pytest.mark.parametrize("state", ["disconnected", "connecting"])
def test_a_hiccup_is_not_worth_a_line(shop: Integration, alice_sees: Client, time: Time, state: str) -> None:
    breaks(shop, state)
    work_for(time, 60)

    heals(shop)

    assert lines(alice_sees) == ""


def test_connecting_without_an_end_is_said_and_the_pages_hear_of_it(
    shop: Integration, alice_sees: Client, time: Time
) -> None:
    breaks(shop, "connecting", "No session runner is running on this server.")
    work_for(time, 600)
    assert lines(alice_sees) == ""
    known = Event.objects.latest("id").pk

    work_for(time, 400)

    assert "Shop: Connecting" in lines(alice_sees)
    assert Event.objects.filter(pk__gt=known, type="INTEGRATION_CHANGED").exists()
    heals(shop)
    assert "is connected again" in lines(alice_sees)


def test_what_breaks_again_is_not_called_mended(shop: Integration, alice_sees: Client, time: Time) -> None:
    for wait in (300, 30):
        breaks(shop)
        work_for(time, wait)
        heals(shop)
        work_for(time, 30)

    breaks(shop)

    assert "is connected again" not in lines(alice_sees)
    assert "Log in again" in lines(alice_sees)


def test_a_day_later_it_is_no_news(shop: Integration, alice_sees: Client, time: Time) -> None:
    breaks(shop)
    work_for(time, 300)
    heals(shop)
    work_for(time, 300)

    time.pass_by(24 * 3600)

    assert lines(alice_sees) == ""


def test_a_messenger_that_keeps_nothing_promises_nothing(company: Company, alice_sees: Client, time: Time) -> None:
    page = connected(company, "facebook")
    breaks(page)
    work_for(time, 300)
    heals(page)

    assert "is connected again. Messages come in and go out." in lines(alice_sees)


def test_nobody_puts_away_what_is_still_broken(shop: Integration, alice_sees: Client, time: Time) -> None:
    breaks(shop)
    work_for(time, 300)

    answer = alice_sees.post(f"/integrations/troubles/{ConnectionNotice.objects.latest('id').pk}/dismiss/")

    assert answer.status_code == 404
    assert "Log in again" in lines(alice_sees)
