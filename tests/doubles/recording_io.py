"""An `IO` for adapters: the real HTTP door, files in memory behind a real server, pushes kept in a list."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from happ_project.core import http
from messengers.types import Exchange


class MemoryMedia:
    def __init__(self, origin: str = "http://127.0.0.1:1") -> None:
        self.origin, self.files = origin, dict[str, bytes]()

    def url(self, file_id: str) -> str:
        return f"{self.origin}/files/{file_id}"

    def read(self, file_id: str) -> bytes:
        return self.files[file_id]


class RecordingIO:
    def __init__(self, *, settings: Mapping[str, Any] | None = None, media: MemoryMedia | None = None) -> None:
        self.settings = settings or {}
        self.media = media or MemoryMedia()
        self.pushes: list[tuple[str, dict[str, Any]]] = []
        self.exchanges: list[Exchange] = []

    @property
    def http(self) -> ModuleType:
        return http

    def push(self, topic: str, payload: dict[str, Any]) -> None:
        self.pushes.append((topic, payload))

    def record(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)


class NoNetwork:
    """A door that fails the test of whoever knocks."""

    def client(self, role: str, *, user_given: bool) -> Any:
        raise AssertionError("this must be decided before any network")


class OfflineIO(RecordingIO):
    @property
    def http(self) -> Any:
        return NoNetwork()
