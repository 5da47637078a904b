"""The integrations' pages: how they are listed, and what their forms refuse."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from happ_project.companies.models import Company, User
from happ_project.core import clock, tenancy
from integrations.models import Integration
from integrations.services import integrations
from messengers.models import Address, MessengerAccount
from messengers.services import addresses
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(alice: User, company: Company) -> Client:
    signed_in = Client()
    signed_in.force_login(alice)
    return signed_in


def test_each_account_is_listed_once_however_its_channels_came(client: Client, company: Company) -> None:
    with tenancy.company_scope(company):
        logins = [
            MessengerAccount.objects.create(company=company, kind="viber", external_id=name, title=f"Login {name}")
            for name in ("one", "two")
        ]
        for number, account in enumerate([*logins, *logins]):
            address = Address.objects.create(
                company=company, account=account, kind="viber", external_id=f"bot {number}", title=f"Bot {number}"
            )
            integrations.ensure(address)

    shown = client.get("/integrations/")

    assert [group["account"].title for group in shown.context["groups"]] == ["Login one", "Login two"]
    assert [[row.title for row in group["integrations"]] for group in shown.context["groups"]] == [
        ["Bot 0", "Bot 2"],
        ["Bot 1", "Bot 3"],
    ]


@pytest.mark.parametrize("line", ["https://[shop", "javascript:alert(1)", "https://", "ftp://shop.example.com"])
def test_what_is_no_websites_address_is_refused(client: Client, company: Company, line: str) -> None:
    widget = factories.make_integration(company)

    answer = client.post(
        f"/integrations/{widget.pk}/appearance/", {"title": "Shop", "colour": "#1a2b3c", "allowed_origins": line}
    )

    assert answer.status_code == 422
    assert "allowed_origins" in answer.context["appearance"].errors


def test_an_address_that_is_too_long_is_refused(client: Client) -> None:
    answer = client.post("/integrations/webhooks/", {"url": f"https://crm.example.com/{'x' * 500}"})

    assert "url" in answer.context["form"].errors


def test_the_log_takes_any_nonsense_for_no_number(client: Client, company: Company) -> None:
    channel = factories.make_integration(company, kind="custom")

    for nonsense in ("²", "-1", "9" * 5000):
        assert client.get(f"/integrations/{channel.pk}/exchange/log/", {"since": nonsense}).status_code == 200


@pytest.fixture
def shop(company: Company) -> Address:
    with tenancy.company_scope(company):
        account = MessengerAccount.objects.create(
            company=company, kind="whatsapp", external_id="1", title="WaSender", state="connected"
        )
        address = Address.objects.create(
            company=company, account=account, kind="whatsapp", external_id="17", title="Shop", state="connected"
        )
        integrations.ensure(address)
    return address


def test_until_when_a_messenger_limits_a_channel_is_shown(client: Client, company: Company, shop: Address) -> None:
    with tenancy.company_scope(company):
        addresses.limit(shop, 600)
        (integration,) = Integration.objects.filter(address=shop)

    for path in ("/integrations/", f"/integrations/{integration.pk}/"):
        assert "Limited by the messenger, goes on at" in client.get(path).content.decode()

    with tenancy.company_scope(company):
        Address.objects.update(limited_until=clock.now())
    assert "Limited by the messenger" not in client.get("/integrations/").content.decode()


def test_a_login_whose_channels_are_all_dead_does_not_look_well(
    client: Client, company: Company, shop: Address
) -> None:
    with tenancy.company_scope(company):
        Address.objects.filter(pk=shop.pk).update(state="login_required")

    (group,) = [each for each in client.get("/integrations/").context["groups"] if each["account"].title == "WaSender"]

    assert group["stands"].state == "login_required"


def test_the_dialog_says_how_many_chats_leave_the_inbox(client: Client, company: Company) -> None:
    widget = factories.make_integration(company)
    for _ in range(2):
        factories.make_chat(company, integration=widget)
    other = factories.make_chat(company)

    page = client.get(f"/integrations/{widget.pk}/").content.decode()
    asks = f"/chats/concerned/{widget.pk}/"
    told = client.get(asks).content.decode()

    assert f'hx-get="{asks}"' in page
    assert "2 chats leave the inbox. The history is kept for 30 days" in told

    client.post(f"/integrations/{widget.pk}/switch/")

    assert client.get(asks).content.decode().strip() == "No chats are concerned."
    assert re.findall(r'data-row="([^"]+)"', client.get("/chats/list/").content.decode()) == [str(other.pk)]
