"""What the tests of journeys and of lessons begin with; their `conftest.py` take it from here."""

from collections.abc import Iterator
from typing import Any

import pytest

from happ_project.core import clock, tenancy
from tests.doubles import wasender
from tests.doubles.wasender import WaSender
from tests.journeys.number import PHONE, Number, connect
from tests.journeys.shop import Shop, open_shop
from tests.working import Time


@pytest.fixture
def shop(db: None) -> Iterator[Shop]:
    shop = open_shop()
    with tenancy.company_scope(shop.company):
        yield shop


@pytest.fixture
def real_shop(committed: None) -> Iterator[Shop]:
    """As `shop`, really committed: for tests in which two connections meet."""
    shop = open_shop()
    with tenancy.company_scope(shop.company):
        yield shop


@pytest.fixture
def double(settings: Any) -> Iterator[WaSender]:
    with wasender.running(clock=lambda: clock.now().timestamp()) as double:
        settings.PROVIDER_SETTINGS = {**settings.PROVIDER_SETTINGS, "WASENDER_BASE_URL": double.base_url}
        yield double


@pytest.fixture
def number(db: None, time: Time, double: WaSender) -> Iterator[Number]:
    """A WhatsApp number without account protection, and Olena is known there."""
    number = connect(double)
    with tenancy.company_scope(number.company):
        number.knows(PHONE)
        yield number


@pytest.fixture
def real_number(committed: None, double: WaSender) -> Iterator[Number]:
    number = connect(double)
    with tenancy.company_scope(number.company):
        number.knows(PHONE)
        yield number
