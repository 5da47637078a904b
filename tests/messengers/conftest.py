"""A company on a house that messengers can really call, and a clock to move."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from happ_project.companies.models import Company
from happ_project.core import http, tenancy
from tests import factories
from tests.working import Time, mind, time

__all__ = ["mind", "time"]


@pytest.fixture
def house(time: Time, live_server: Any, settings: Any) -> Iterator[Company]:
    """Inside the scope of a company; what a test lets through to private addresses is forgotten afterwards."""
    settings.PUBLIC_URL = live_server.url
    settings.ADDRESS_KEPT_SECONDS = 0
    company = factories.make_company()
    with tenancy.company_scope(company):
        yield company
    http.configure()
