from collections.abc import Iterator

import pytest

from happ_project.core import http
from tests.doubles import tool_service
from tests.doubles.tool_service import ToolService


@pytest.fixture
def service() -> Iterator[ToolService]:
    """A company's service at an address that may be called."""
    with tool_service.running() as running:
        http.configure(allowed_private=[running.address])
        yield running
        http.configure()
