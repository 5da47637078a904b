"""A website, and an assistant that is to know what it says."""

from collections.abc import Iterator

import pytest

from assistants.models import Assistant
from happ_project.companies.models import Company
from happ_project.core import http
from tests import factories
from tests.doubles.website import Website


@pytest.fixture
def site() -> Iterator[Website]:
    """A website at an address that may be called."""
    with Website() as running:
        http.configure(allowed_private=[running.address])
        yield running
        http.configure()


@pytest.fixture
def assistant(company: Company) -> Assistant:
    return factories.make_assistant(company, name="Marta")
