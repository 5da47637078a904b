"""A company with a bot, at the double of the Bot API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from happ_project.companies.models import Company
from happ_project.core import clock
from messengers.models import Address
from tests.doubles.telegram_bot import Bot, TelegramBot
from tests.messengers.stage import Person


@pytest.fixture
def double(house: Company, settings: Any) -> Iterator[TelegramBot]:
    with TelegramBot(clock=lambda: clock.now().timestamp()) as double:
        settings.PROVIDER_SETTINGS = {"TELEGRAM_BOT_BASE_URL": double.base_url}
        yield double


@pytest.fixture
def bot(double: TelegramBot) -> Bot:
    return double.add_bot()


@pytest.fixture
def address(house: Company, bot: Bot) -> Address:
    person = Person(house, "telegram_bot")
    person.answers(token=bot.token)
    return person.switches_on()
