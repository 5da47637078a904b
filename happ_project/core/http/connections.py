"""Connections under our rules: pooled per thread, bounded in total time, pinned to the address that was checked."""

from __future__ import annotations

import http.client
import io
import socket
import threading
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from happ_project.core import clock
from happ_project.core.http import addresses

# A pooled connection idle for longer may be dead without our knowing: using it would make a send unsure for nothing.
_LONGEST_IDLE = 25.0
TROUBLE = (OSError, urllib3.exceptions.HTTPError)
"""All that sending and reading raise for the network's sake or the address's: what `requests` raises is an OSError."""


class Call:
    """One request: its limits, and `sent`, whether a byte of it may have left the machine."""

    def __init__(self, *, total: float, read: float) -> None:
        self.sent = False
        self._deadline, self._read = clock.monotonic() + total, read

    def patience(self) -> float:
        """Seconds the next step may take; raises TimeoutError when the whole request has had its time."""
        left = self._deadline - clock.monotonic()
        if left <= 0:
            raise TimeoutError("the whole request took too long")
        return min(left, self._read)


class _Current(threading.local):
    """The request that this thread is sending; urllib3 has no way to hand it to the connection."""

    call = Call(total=0, read=0)


_current = _Current()


def begin(*, total: float, read: float) -> Call:
    """To be called before each request, in its thread."""
    _current.call = Call(total=total, read=read)
    return _current.call


class _PatientIO(io.RawIOBase):
    """A socket's reading side on which no number of small drops can outlast the call."""

    def __init__(self, raw: Any, sock: socket.socket) -> None:
        self._raw, self._sock, self._call = raw, sock, _current.call

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._call.patience())
        read: int | None = self._raw.readinto(buffer)
        return read

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_PatientIO(self.fp.detach(), sock))


class _Watched:
    """Mixed into urllib3's connections: notes when the first byte leaves, and when the connection was last used."""

    response_class: Any = _Answer
    last_used = 0.0
    sock: Any

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]
        _current.call.sent = True
        self.last_used = clock.monotonic()
        self.sock.settimeout(_current.call.patience())
        super().send(data)  # type: ignore[misc]


class _Plain(_Watched, HTTPConnection):
    pass


class _Secure(_Watched, HTTPSConnection):
    pass


class _Fresh:
    """Mixed into urllib3's pools: a connection idle for too long is opened anew."""

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection = super()._get_conn(timeout)  # type: ignore[misc]
        if connection.sock is not None and clock.monotonic() - connection.last_used > _LONGEST_IDLE:
            connection.close()
        return connection


class _PlainPool(_Fresh, urllib3.HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(_Fresh, urllib3.HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Patient(HTTPAdapter):
    """For the operator's own addresses."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


class _Checked(_Patient, IPFilterAdapter):
    """For addresses that somebody typed: resolved, checked, and dialled by the very address that was checked."""

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        params, _ = dialled = HTTPAdapter.build_connection_pool_key_attributes(self, request, verify, cert)
        port = params["port"] or (443 if params["scheme"] == "https" else 80)
        if addresses.is_allowed(params["host"], port):
            return dialled
        params, extra = IPFilterAdapter.build_connection_pool_key_attributes(self, request, verify, cert)
        if not addresses.is_public(params["host"]):
            raise InvalidIPAddress(params["host"])
        return params, extra


class _Sessions(threading.local):
    """One session of each sort per thread: `requests.Session` is not made for sharing."""

    def __init__(self) -> None:
        self.checked = _session(checked=True)
        self.trusted = _session(checked=False)


def _session(*, checked: bool) -> requests.Session:
    made = requests.Session()
    made.trust_env = False  # a proxy would resolve names behind our check; .netrc would add credentials
    for prefix in ("http://", "https://"):
        made.mount(prefix, _Checked(prefix == "https://") if checked else _Patient())
    return made


_sessions = _Sessions()


def send(method: str, url: str, *, checked: bool, timeout: tuple[float, float], **content: Any) -> requests.Response:
    """One request, no redirects, the body left on the wire. Raises what requests and urllib3 raise."""
    session = _sessions.checked if checked else _sessions.trusted
    request = session.prepare_request(requests.Request(method, url, **content))
    # Not `session.send`: that would keep cookies, so that one company's met another's call, and looks into redirects.
    return session.get_adapter(str(request.url)).send(request, stream=True, timeout=timeout)
