"""Addresses while several people and workers are at them at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from happ_project.companies.models import Company
from happ_project.core import events, tenancy
from messengers import types
from messengers.errors import Rejected
from messengers.models import Address
from messengers.services import addresses, upkeep
from tests import factories
from tests.working import at_once, committed

__all__ = ["committed"]


@pytest.fixture
def address(in_company: Company) -> Address:
    return factories.make_integration(in_company).address


@pytest.fixture
def news(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    told: list[Any] = []
    monkeypatch.setattr(events, "publish", told.append)
    return told


def number(external_id: str = "380501112233", **config: Any) -> types.Done:
    granted = types.AddressGrant(external_id=external_id, credentials={"key": "new"}, config=config)
    return types.Done(account=types.AccountGrant(external_id=f"account of {external_id}"), addresses=(granted,))


@pytest.mark.django_db
def test_a_connection_that_heals_is_told_to_whoever_knew_it_well(address: Address, news: list[Any]) -> None:
    known_as_well = Address.objects.get(pk=address.pk)
    addresses.set_state(address, "login_required", "The key is dead.")

    addresses.set_state(known_as_well, "connected")

    assert [each.state for each in news] == ["login_required", "connected"]


@pytest.mark.django_db
def test_two_who_see_a_connection_break_tell_of_it_once(address: Address, news: list[Any]) -> None:
    other = Address.objects.get(pk=address.pk)

    addresses.set_state(address, "login_required", "401")
    addresses.set_state(other, "login_required", "403")

    assert [each.state for each in news] == ["login_required"]


@pytest.mark.django_db
def test_settings_that_a_login_has_just_brought_stay(address: Address) -> None:
    read_before = Address.objects.get(pk=address.pk)
    addresses.update_config(address, title="Shop", config={"username": "shop"})

    addresses.update_config(read_before, title="Shop", config={"colour": "#fff"})

    kept = Address.objects.get(pk=address.pk).config
    assert (kept["username"], kept["colour"]) == ("shop", "#fff")


def connecting(company: Company) -> Callable[[], str]:
    def connect() -> str:
        with tenancy.company_scope(company):
            try:
                addresses.adopt(company_id=company.pk, kind="viber", done=number())
            except Rejected as error:
                return error.code
        return "connected"

    return connect


def test_of_two_companies_that_connect_a_number_at_once_one_is_told_that_it_is_taken(committed: None) -> None:
    companies = [factories.make_company() for _ in range(2)]

    outcomes = at_once(*[connecting(company) for company in companies])

    assert sorted(outcomes) == ["connected", "taken"]


def test_two_logins_of_one_company_that_end_at_once_bring_one_address(committed: None) -> None:
    company = factories.make_company()

    assert at_once(*[connecting(company)] * 3) == ["connected"] * 3

    with tenancy.company_scope(company):
        assert Address.objects.filter(kind="viber").count() == 1


@pytest.mark.django_db
def test_a_login_leaves_alone_what_is_not_of_it(in_company: Company) -> None:
    (address,) = addresses.adopt(company_id=in_company.pk, kind="viber", done=number(end_tarif="2030"))
    addresses.set_receiving(address, True)

    (again,) = addresses.adopt(company_id=in_company.pk, kind="viber", done=number())

    kept = Address.objects.get(pk=again.pk)
    assert (again.pk, kept.receiving, kept.config) == (address.pk, True, {"end_tarif": "2030"})


@pytest.mark.django_db
def test_a_renewed_credential_stands_beside_the_ones_that_a_login_brought(in_company: Company) -> None:
    (address,) = addresses.adopt(company_id=in_company.pk, kind="viber", done=number())
    read_before = Address.objects.get(pk=address.pk)
    addresses.adopt(company_id=in_company.pk, kind="viber", done=number())

    upkeep._keep(read_before, {"token": "younger"})

    assert Address.objects.get(pk=address.pk).credentials == {"key": "new", "token": "younger"}
