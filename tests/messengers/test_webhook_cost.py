"""What a webhook may cost: how many queries, and how old its address may be."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from happ_project.companies.models import Company
from happ_project.core import tenancy
from messengers.models import Address, InboundReceipt
from messengers.services import addresses
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def number(company: Company) -> Address:
    integration = factories.make_integration(company, kind="whatsapp")
    with tenancy.company_scope(company):
        address = Address.objects.select_related("account").get(pk=integration.address_id)
        address.credentials = {"webhook_secrets": ["first-secret"], "api_key": "the-key", "session_id": "1"}
        address.save()
    return address


@pytest.fixture
def kept(settings: Any) -> None:
    """As in production."""
    settings.ADDRESS_KEPT_SECONDS = 1.0


def post(client: Client, address: Address, *, message_id: str = "3A01", secret: str = "first-secret") -> int:
    entry = {
        "key": {"id": message_id, "fromMe": False, "remoteJid": "380671112233@s.whatsapp.net"},
        "messageTimestamp": 1_790_000_000,
        "message": {"conversation": "Hello"},
    }
    body = {"event": "messages.received", "sessionId": "the-key", "data": {"messages": entry}}
    path = f"/webhooks/whatsapp/{address.webhook_token}/"
    headers = {"X-Webhook-Signature": secret}
    return client.post(path, json.dumps(body), content_type="application/json", headers=headers).status_code


def receipts(address: Address) -> int:
    with tenancy.company_scope(address.company_id):
        return InboundReceipt.objects.filter(address=address).count()


def test_a_webhook_costs_a_look_up_and_an_insert(client: Client, number: Address) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert post(client, number) == 200

    assert len(queries) == 2
    assert receipts(number) == 1


def test_the_next_one_within_a_second_costs_the_insert_alone(client: Client, number: Address, kept: None) -> None:
    post(client, number, message_id="3A01")

    with CaptureQueriesContext(connection) as queries:
        assert post(client, number, message_id="3A02") == 200

    assert [query["sql"][:6] for query in queries] == ["INSERT"]
    assert receipts(number) == 2


def test_a_repeat_is_ignored(client: Client, number: Address) -> None:
    assert [post(client, number), post(client, number)] == [200, 200]

    assert receipts(number) == 1


def test_what_is_known_of_an_address_is_a_second_old_at_most(
    client: Client, number: Address, kept: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given an address that was just asked for
    now = 1000.0
    monkeypatch.setattr(addresses.clock, "monotonic", lambda: now)
    assert post(client, number) == 200
    # when another process changes its secret and a second passes
    number.credentials = {"webhook_secrets": ["second-secret"]}
    with tenancy.company_scope(number.company_id):
        number.save()
    now = 1001.0
    # then the old secret opens nothing any more
    assert post(client, number, message_id="3A02") == 403
    assert post(client, number, message_id="3A02", secret="second-secret") == 200


def test_an_address_switched_off_receives_nothing_a_second_later(
    client: Client, number: Address, kept: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(addresses.clock, "monotonic", lambda: now)
    post(client, number)
    with tenancy.company_scope(number.company_id):
        addresses.set_receiving(number, False)
    now = 1001.0

    assert post(client, number, message_id="3A02") == 200

    number.refresh_from_db()
    assert (receipts(number), number.dropped) == (1, 1)
