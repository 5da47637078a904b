"""The story with every messenger that comes by webhook. Telegram accounts: `test_telegram.py`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from happ_project.companies.models import Company
from tests import factories
from tests.messengers.conftest import house
from tests.stories.gateways import Custom, Viber, WhatsApp
from tests.stories.platforms import BotOfTelegram, BotOfViber, Facebook, Instagram
from tests.stories.plot import Told, play
from tests.working import Mind, Time, mind, time

__all__ = ["house", "mind", "time"]

pytestmark = pytest.mark.django_db(transaction=True)

STORIES: tuple[type[Told], ...] = (Instagram, WhatsApp, Facebook, Viber, BotOfTelegram, BotOfViber, Custom)


@pytest.fixture
def story(request: pytest.FixtureRequest, house: Company, settings: Any, time: Time) -> Iterator[Told]:
    factories.make_assistant(house, name="Sofia")
    with request.param.opened(house, settings) as story:
        story.time = time
        yield story


@pytest.mark.parametrize("story", STORIES, indirect=True, ids=lambda each: each.kind)
def test_the_story_of(story: Told, mind: Mind) -> None:
    play(story, mind)
