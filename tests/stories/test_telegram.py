"""The story with a Telegram account: no webhooks but a connection, in a session runner that is really at work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from happ_project.companies.models import Company
from happ_project.core import clock, tenancy
from tests import factories
from tests.doubles.telegram import Running
from tests.sessions.conftest import RunnerThread, runners, telegram
from tests.stories.account import Telegram
from tests.stories.plot import play
from tests.working import Mind, mind

__all__ = ["mind", "runners", "telegram"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the house's clock ahead."""
    real, ahead = clock.now, [0.0]

    def go(seconds: float) -> None:
        ahead[0] += seconds

    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=ahead[0]))
    return go


@pytest.fixture
def company(db: None) -> Iterator[Company]:
    company = factories.make_company()
    with tenancy.company_scope(company):
        factories.make_assistant(company, name="Sofia")
        yield company


def test_the_story_of_telegram(
    company: Company,
    telegram: Running,
    runners: Callable[..., RunnerThread],
    later: Callable[[float], None],
    mind: Mind,
) -> None:
    runners()

    play(Telegram(company, telegram, later), mind)
