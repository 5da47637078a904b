"""What an adapter is given to reach the world: HTTP, files, open sockets, the operator's settings."""

import threading
from collections.abc import Mapping
from types import ModuleType
from typing import Any
from uuid import UUID

from django.conf import settings

from happ_project.core import http, realtime
from happ_project.files import services as files
from messengers import registry
from messengers.adapter import Adapter
from messengers.models import Address
from messengers.services import request_log
from messengers.types import Exchange


class _Media:
    def url(self, file_id: str) -> str:
        return files.signed_url(files.get(UUID(file_id)))

    def read(self, file_id: str) -> bytes:
        with files.open(files.get(UUID(file_id))) as content:
            return content.read()


class HappIO:
    """The real `messengers.adapter.IO`, for the work on one address or, without it, for a login."""

    media = _Media()

    def __init__(self, address: Address | None = None) -> None:
        self._address = address

    @property
    def http(self) -> ModuleType:
        return http

    @property
    def settings(self) -> Mapping[str, Any]:
        return settings.PROVIDER_SETTINGS

    def push(self, topic: str, payload: dict[str, Any]) -> None:
        realtime.push(topic, payload)

    def record(self, exchange: Exchange) -> None:
        if self._address is not None:
            request_log.record(self._address, exchange)


live: dict[UUID, Adapter] = {}
"""Adapters that hold a connection in this process, by address: filled by the session runner, empty elsewhere."""

stopping = threading.Event()
"""Set when the session runner in this process is to end."""


def adapter_of(address: Address) -> Adapter:
    """The adapter at work for one address; the one that is connected, if it is in this process.

    A connection of a login that was replaced since is not used: what it is refused says nothing of the new one.
    """
    connected = live.get(address.pk)
    if connected is not None and connected.account == address.account.credentials:
        return connected
    return new_adapter(address)


def new_adapter(address: Address) -> Adapter:
    return registry.open(
        address.kind,
        account=address.account.credentials,
        address={
            "external_id": address.external_id,
            "credentials": address.credentials,
            "config": address.config,
        },
        io=HappIO(address),
    )


def adapter_for_login(kind: str) -> Adapter:
    return registry.open(kind, account={}, address=None, io=HappIO())
