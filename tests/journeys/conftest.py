from collections.abc import Iterator

import pytest

from happ_project.core import tenancy
from tests.journeys.shop import Shop, open_shop
from tests.working import committed, mind, time

__all__ = ["committed", "mind", "time"]


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
