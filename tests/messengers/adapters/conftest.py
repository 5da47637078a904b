"""A WaSender with one linked number, and somebody who receives its webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from messengers import registry
from messengers.adapters.whatsapp.adapter import WhatsAppAdapter
from tests.doubles import wasender
from tests.doubles.receiver import Receiver
from tests.doubles.recording_io import MemoryMedia, RecordingIO
from tests.doubles.wasender import Session, WaSender


class Clock:
    """The double's time, in the test's hand."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def double(clock: Clock) -> Iterator[WaSender]:
    with wasender.running(clock=clock) as running:
        yield running


@pytest.fixture
def token(double: WaSender) -> str:
    return double.add_token()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def session(double: WaSender, token: str, receiver: Receiver) -> Session:
    """Linked, with its webhook pointed at the receiver under every event that repeats another."""
    events = [
        "messages.received", "messages-personal.received", "messages.upsert", "message.sent", "messages.update",
        "session.status",
    ]  # fmt: skip
    return double.add_session(token, webhook_url=receiver.url, webhook_enabled=True, webhook_events=events)


@pytest.fixture
def io(double: WaSender) -> RecordingIO:
    return RecordingIO(settings={"WASENDER_BASE_URL": double.base_url}, media=MemoryMedia(double.origin))


def open_adapter(io: RecordingIO, *, token: str = "", session: Session | None = None, **config: Any) -> WhatsAppAdapter:
    address = None
    if session is not None:
        address = {
            "external_id": session.phone_number.lstrip("+"),
            "credentials": {
                "session_id": str(session.id),
                "api_key": session.api_key,
                "webhook_secrets": [session.webhook_secret],
            },
            "config": config,
        }
    adapter = registry.open("whatsapp", account={"token": token} if token else {}, address=address, io=io)
    assert isinstance(adapter, WhatsAppAdapter)
    return adapter


@pytest.fixture
def whatsapp(io: RecordingIO, token: str, session: Session) -> WhatsAppAdapter:
    return open_adapter(io, token=token, session=session)
