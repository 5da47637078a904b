"""A company whose assistant speaks by a language model that tests script, and answers at once: fixtures to import."""

from collections.abc import Iterator
from typing import Any

import pytest

from happ_project.core import tenancy
from tests.doubles import model as models
from tests.doubles.model import ModelServer
from tests.journeys.shop import Shop, open_shop


@pytest.fixture
def model(settings: Any) -> Iterator[ModelServer]:
    with models.running() as running:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = running.api_key, running.base_url
        settings.OPENAI_MODEL = "test-large"
        yield running


@pytest.fixture
def shop(model: ModelServer) -> Iterator[Shop]:
    shop = open_shop(debounce_seconds=0)
    with tenancy.company_scope(shop.company):
        yield shop
