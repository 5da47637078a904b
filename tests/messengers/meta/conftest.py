"""A Meta with one owner, one page, an Instagram account behind it and one on its own; and time in the test's hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from messengers import registry
from messengers.adapter import Adapter
from tests.doubles import meta
from tests.doubles.meta import Account, Meta, Page, Person
from tests.doubles.recording_io import MemoryMedia, RecordingIO


class Clock:
    """The double's time."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class World:
    """The double with somebody in it. `behind` is linked to the page, `own` to nothing."""

    double: Meta
    owner: Person
    page: Page
    behind: Account
    own: Account

    @property
    def io(self) -> RecordingIO:
        return RecordingIO(settings=self.double.settings(), media=MemoryMedia(self.double.origin))

    def facebook(self, **config: Any) -> Any:
        """The adapter at work for the page."""
        token = self.double.own_page_token(self.owner, self.page)
        return self.open("facebook", self.page.id, {"token": token}, {"route": "page", "page_id": self.page.id})

    def instagram(self) -> Any:
        """The adapter at work for the account behind the page."""
        token = self.double.own_page_token(self.owner, self.page)
        return self.open("instagram", self.behind.id, {"token": token}, {"route": "page", "page_id": self.page.id})

    def instagram_on_its_own(self, **credentials: Any) -> Any:
        token = self.double.own_account_token(self.own)
        return self.open("instagram", self.own.id, {"token": token, **credentials}, {"route": "own"})

    def open(self, kind: str, external_id: str, credentials: dict[str, Any], config: dict[str, Any]) -> Adapter:
        address = {"external_id": external_id, "credentials": credentials, "config": config}
        return registry.open(kind, account={}, address=address, io=self.io)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> Iterator[World]:
    with meta.running(clock=clock) as double:
        owner = double.add_person()
        page = double.add_page(owner)
        behind = double.add_account("bakery.kyiv", page=page)
        own = double.add_account("olena.bakes")
        yield World(double, owner, page, behind, own)
