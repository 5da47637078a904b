"""Alice's business account on the fake Telegram, connected by our adapter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.doubles.telegram import Account, Running
from tests.messengers.telegram.device import Device


@pytest.fixture
def telegram() -> Iterator[Running]:
    with Running() as running:
        yield running
        assert running.dc.failures == []


@pytest.fixture
def alice(telegram: Running) -> Account:
    """The business."""
    return telegram.do(lambda dc: dc.add_account("+380501110001", "Alice"))


@pytest.fixture
def bob(telegram: Running) -> Account:
    """A customer."""
    return telegram.do(lambda dc: dc.add_account("+380501110002", "Bob"))


@pytest.fixture
def device(telegram: Running, alice: Account) -> Iterator[Device]:
    device = Device(telegram, alice)
    yield device.connect()
    device.stop()
