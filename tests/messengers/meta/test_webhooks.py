"""Meta's one address per app: proved, sorted out, stored with the right company, answered at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from happ_project.companies.models import Company
from happ_project.core import tenancy
from messengers.models import Address, InboundReceipt, LeftOut, MessengerAccount
from messengers.services import directory
from messengers.vendors.meta import signature
from messengers.vendors.meta.recorded import MS, SETTINGS, item
from tests import factories

pytestmark = pytest.mark.django_db

SECRETS = [*SETTINGS["META_APP_SECRET"].split(","), SETTINGS["INSTAGRAM_APP_SECRET"]]


@pytest.fixture(autouse=True)
def _set_up(settings: Any) -> None:
    settings.PROVIDER_SETTINGS = dict(SETTINGS)
    directory._kept.clear()


def connect(company: Company, external_id: str, *, kind: str = "facebook", receiving: bool = True) -> Address:
    with tenancy.company_scope(company):
        account = MessengerAccount.objects.create(company=company, kind=kind, external_id=f"of {external_id}")
        return Address.objects.create(
            company=company, account=account, kind=kind, external_id=external_id, receiving=receiving
        )


def body_of(*entries: dict[str, Any], name: str = "page") -> bytes:
    return json.dumps({"object": name, "entry": list(entries)}).encode()


def entry(address: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"id": address, "time": MS, "messaging": list(items)}


def said(address: str, mid: str, text: str = "Hi", *, timestamp: int = MS) -> dict[str, Any]:
    return item("7", address, {"message": {"mid": mid, "text": text}}, timestamp=timestamp)


def post(body: bytes, *, kind: str = "facebook", secret: str = SECRETS[0], **headers: str) -> Any:
    signed = {"X-Hub-Signature-256": signature.of(body, secret)} | headers
    return Client(headers=signed).post(f"/webhooks/{kind}/", body, content_type="application/json")


def stored(company: Company) -> list[str]:
    with tenancy.company_scope(company):
        return list(InboundReceipt.objects.order_by("id").values_list("dedup_key", flat=True))


def left_out() -> dict[tuple[str, str], int]:
    return {(row.kind, row.reason): row.count for row in LeftOut.objects.all()}


@pytest.mark.parametrize("kind", ["facebook", "instagram"])
def test_the_handshake_gives_the_challenge_back_as_plain_text(kind: str) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": SETTINGS["META_VERIFY_TOKEN"], "hub.challenge": "1158201444"}

    answer = Client().get(f"/webhooks/{kind}/", asked)

    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"1158201444", "text/plain")


@pytest.mark.parametrize(
    "wrong",
    [
        {"hub.verify_token": "guess"},
        {"hub.verify_token": ""},
        {"hub.challenge": "<script>alert(1)</script>"},
        {"hub.challenge": ""},
        {"hub.mode": "unsubscribe"},
    ],
)
def test_a_handshake_that_is_not_metas_is_refused(wrong: dict[str, str]) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": SETTINGS["META_VERIFY_TOKEN"], "hub.challenge": "1158201444"}

    assert Client().get("/webhooks/facebook/", asked | wrong).status_code == 403


def test_without_a_verify_token_no_handshake_succeeds(settings: Any) -> None:
    settings.PROVIDER_SETTINGS = SETTINGS | {"META_VERIFY_TOKEN": ""}
    asked = {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"}

    assert Client().get("/webhooks/facebook/", asked).status_code == 403


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("kind", ["facebook", "instagram"])
def test_each_configured_secret_may_have_signed(company: Company, kind: str, secret: str) -> None:
    connect(company, "1", kind=kind)
    name = "page" if kind == "facebook" else "instagram"

    assert post(body_of(entry("1", said("1", "m1")), name=name), kind=kind, secret=secret).status_code == 200
    assert stored(company) == ["message:m1"]


def test_a_forgery_is_refused_and_nothing_is_stored(company: Company) -> None:
    connect(company, "1")
    body = body_of(entry("1", said("1", "m1")))

    for answer in (
        post(body, secret="guess"),
        post(body, **{"X-Hub-Signature-256": ""}),
        post(body.replace(b"Hi", b"Ha"), **{"X-Hub-Signature-256": signature.of(body, SECRETS[0])}),
    ):
        assert answer.status_code == 403
    assert stored(company) == []


def test_the_signature_is_over_the_bytes_as_they_came(company: Company) -> None:
    """Meta escapes what is not ASCII and signs that; the same text written otherwise has another signature."""
    connect(company, "1")
    escaped = body_of(entry("1", said("1", "m1", "Добрий день")))
    plain = json.dumps(json.loads(escaped), ensure_ascii=False).encode()

    assert b"\\u0414" in escaped
    assert post(escaped).status_code == 200
    assert post(plain, **{"X-Hub-Signature-256": signature.of(escaped, SECRETS[0])}).status_code == 403


def test_a_batch_is_sorted_out_to_its_companies(company: Company, charlie: Any) -> None:
    other = factories.make_company(name="Other")
    connect(company, "1")
    connect(other, "2")

    answer = post(body_of(entry("1", said("1", "m1")), entry("2", said("2", "m2")), entry("1", said("1", "m3"))))

    assert answer.status_code == 200
    assert (stored(company), stored(other)) == (["message:m1", "message:m3"], ["message:m2"])


def test_the_events_of_one_body_are_stored_in_the_order_of_their_times(company: Company) -> None:
    connect(company, "1")
    times = {"c": MS + 3000, "a": MS + 1000, "b": MS + 2000}

    post(body_of(entry("1", *(said("1", mid, timestamp=at) for mid, at in times.items()))))

    assert stored(company) == ["message:a", "message:b", "message:c"]


def test_a_repeat_is_ignored(company: Company) -> None:
    connect(company, "1")

    for _ in range(3):
        assert post(body_of(entry("1", said("1", "m1")))).status_code == 200

    assert stored(company) == ["message:m1"]


def test_an_unreadable_entry_is_kept_and_does_not_drop_its_neighbours(company: Company) -> None:
    connect(company, "1")
    broken = item("7", "1", {"message": {"text": "nameless"}})

    assert post(body_of(entry("1", broken, said("1", "m1")), {"messaging": "?"})).status_code == 200  # type: ignore[dict-item]

    assert stored(company) == ["message:m1"]
    with tenancy.all_companies():
        kept = list(InboundReceipt.objects.filter(address=None).order_by("id"))
    assert [(row.state, row.last_error) for row in kept] == [
        ("failed", "an event without the message's id"), ("failed", "an object was expected")
    ]  # fmt: skip


def test_a_body_that_is_no_json_is_kept_as_unreadable() -> None:
    assert post(b"not json").status_code == 200

    with tenancy.all_companies():
        assert InboundReceipt.objects.get().last_error == "not a JSON object"


def test_what_belongs_to_nobody_is_answered_and_counted(company: Company) -> None:
    connect(company, "1")

    for mid in ("m1", "m2"):
        assert post(body_of(entry("404", said("404", mid)))).status_code == 200

    assert stored(company) == []
    assert left_out() == {("facebook", "an address that is not connected"): 2}


def test_standby_is_left_out_and_counted(company: Company) -> None:
    connect(company, "1")

    post(body_of({"id": "1", "time": MS, "standby": [said("1", "m1"), said("1", "m2")]}))

    assert stored(company) == []
    assert left_out() == {("facebook", "standby"): 2}


def test_a_page_that_is_switched_off_drops_and_counts(company: Company) -> None:
    address = connect(company, "1", receiving=False)

    assert post(body_of(entry("1", said("1", "m1")))).status_code == 200

    with tenancy.company_scope(company):
        address.refresh_from_db()
    assert (stored(company), address.dropped) == ([], 1)


def test_instagrams_events_find_their_account_at_the_pages_address_too(company: Company) -> None:
    connect(company, "17", kind="instagram")

    post(body_of(entry("17", said("17", "m1")), name="instagram"), kind="facebook")

    assert stored(company) == ["message:m1"]


@pytest.mark.parametrize("kind", ["whatsapp", "widget", "pigeon"])
def test_only_messengers_with_one_address_per_app_have_one(kind: str) -> None:
    assert Client().get(f"/webhooks/{kind}/").status_code == 404
    assert post(b"{}", kind=kind).status_code == 404
