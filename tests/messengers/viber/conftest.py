"""A number at the double of E-Chat, connected by a person of the company."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from happ_project.companies.models import Company
from happ_project.core import clock
from messengers.models import Address
from tests.doubles.echat import EChat, Number
from tests.messengers.stage import Person
from tests.working import Time

CUSTOMER = "+380671112233"


@pytest.fixture
def double(house: Company, settings: Any) -> Iterator[EChat]:
    with EChat(clock=lambda: clock.now().timestamp()) as double:
        settings.PROVIDER_SETTINGS = {"ECHAT_BASE_URL": double.base_url, "ECHAT_SECONDS_BETWEEN_MESSAGES": 1.0}
        yield double


@pytest.fixture
def number(double: EChat) -> Number:
    return double.add_number("380501234567")


@pytest.fixture
def address(house: Company, double: EChat, number: Number, time: Time) -> Address:
    """Connected by a person who pasted the address and did not wait."""
    person = Person(house, "viber")
    person.answers(key=number.key, number="+380 50 123 45 67")
    number.paste(person.step.copy)
    person.answers(skip="yes")
    return person.switches_on()
