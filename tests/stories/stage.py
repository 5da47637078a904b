"""The fixture that sets up one messenger's story, by the kind that a test names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from happ_project.companies.models import Company
from happ_project.core import clock, tenancy
from tests import factories
from tests.messengers.conftest import house
from tests.sessions.conftest import runners, telegram
from tests.stories.account import Telegram
from tests.stories.gateways import Custom, Viber, WhatsApp
from tests.stories.platforms import BotOfTelegram, BotOfViber, Facebook, Instagram
from tests.stories.plot import Story, Told
from tests.working import Mind, mind, time

__all__ = ["STORIES", "each_messenger", "house", "mind", "runners", "story", "telegram", "time"]

_OVER_WEBHOOKS: tuple[type[Told], ...] = (Instagram, WhatsApp, Facebook, Viber, BotOfTelegram, BotOfViber, Custom)
STORIES: dict[str, type[Story]] = {each.kind: each for each in (Telegram, *_OVER_WEBHOOKS)}

each_messenger = pytest.mark.parametrize("story", STORIES, indirect=True)
"""For tests that take the fixture `story`."""


@pytest.fixture
def story(request: pytest.FixtureRequest, db: None, mind: Mind, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    """One messenger on loopback, and a company with an assistant in whose scope the test runs."""
    kind = STORIES[request.param]
    if issubclass(kind, Told):
        company = request.getfixturevalue("house")
        factories.make_assistant(company, name="Sofia")
        with kind.opened(company, request.getfixturevalue("settings")) as told:
            told.time = request.getfixturevalue("time")
            yield told
        return
    with _company() as company:
        dc, start = request.getfixturevalue("telegram"), request.getfixturevalue("runners")
        start()
        yield Telegram(company, dc, _later(monkeypatch))


@contextmanager
def _company() -> Iterator[Company]:
    company = factories.make_company()
    with tenancy.company_scope(company):
        factories.make_assistant(company, name="Sofia")
        yield company


def _later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the house's clock ahead while the world's goes on."""
    real, ahead = clock.now, [0.0]

    def go(seconds: float) -> None:
        ahead[0] += seconds

    def now() -> Any:
        return real() + timedelta(seconds=ahead[0])

    monkeypatch.setattr(clock, "now", now)
    return go
