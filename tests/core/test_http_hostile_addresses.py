"""Nothing that a person types as an address leads into the private network."""

from __future__ import annotations

import _socket
import socket
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from happ_project.core import http
from happ_project.core.http import addresses
from tests.doubles import odd_server
from tests.doubles.odd_server import OddServer

HOSTS = [
    "127.0.0.1",
    "127.1",
    "127.000.000.001",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fe80::1]",
    "[fd00::1]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "①②⑦.⓪.⓪.①",
    "user:pass@127.0.0.1",
    "example.com@127.0.0.1",
]

NOT_THE_WEB = [
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "ftp://127.0.0.1/",
    "unix:///run/x.sock",
    "http+unix://%2Frun%2Fx.sock/",
    "//127.0.0.1:{port}/",
    "127.0.0.1:{port}",
    "http://",
    "http:///path",
    "http://[::1",
    "http://127.0.0.1:99999/",
    "http://exa mple.com/",
    "javascript:alert(1)",
    "",
]


@pytest.fixture(autouse=True)
def resolver_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's own reading of odd numbers, which the suite's guard takes for names; no name server is asked."""

    def resolve(
        host: str, port: int, family: int = 0, kind: int = 0, proto: int = 0, flags: int = 0, **more: int
    ) -> Any:
        if "localhost" not in host.lower():
            flags |= socket.AI_NUMERICHOST
        return _socket.getaddrinfo(host, port, family, more.get("type", kind), proto, flags)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.fixture
def server() -> Iterator[OddServer]:
    http.configure()
    with odd_server.running() as running:
        yield running
    http.configure()


@pytest.mark.parametrize("host", HOSTS)
def test_a_hostile_host_is_never_reached(server: OddServer, host: str) -> None:
    with pytest.raises((http.Refused, http.ConnectFailed)):
        http.client("webhook", user_given=True).post(server.url("/", host=host), json={})

    assert (server.seen, server.connections) == ([], 0)


@pytest.mark.parametrize("host", HOSTS)
def test_a_hostile_model_server_is_never_reached(server: OddServer, host: str) -> None:
    door = httpx2.Client(transport=http.model_transport(operator=False), trust_env=False)

    with pytest.raises((httpx2.TransportError, httpx2.InvalidURL)):
        door.post(server.url("/v1/responses", host=host), json={})

    assert (server.seen, server.connections) == ([], 0)


@pytest.mark.parametrize("url", NOT_THE_WEB)
def test_what_is_no_web_address_is_refused(server: OddServer, url: str) -> None:
    with pytest.raises((http.Refused, http.ConnectFailed)):
        http.client("webhook", user_given=True).post(url.format(port=server.port))

    assert server.connections == 0


@pytest.mark.parametrize("tail", ["\\@example.com/", "#@example.com/", "?@example.com/", "%00.example.com/"])
def test_parsers_that_disagree_do_not_help(server: OddServer, tail: str) -> None:
    with pytest.raises((http.Refused, http.ConnectFailed)):
        http.client("webhook", user_given=True).post(f"http://127.0.0.1:{server.port}{tail}")

    assert server.connections == 0


def test_a_name_that_changes_its_mind_is_asked_once(server: OddServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: a public answer for the check, a private one for the connection."""
    answers = iter(["93.184.216.34", "127.0.0.1", "127.0.0.1"])
    asked, dialled = [], []
    resolve = socket.getaddrinfo

    def rebinding(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        asked.append(host)
        return resolve(next(answers) if host == "rebind.test" else host, port, *args, **kwargs)

    def connect(self: socket.socket, address: Any) -> None:
        dialled.append(address[0])
        raise ConnectionRefusedError

    class Socket(socket.socket):
        pass

    monkeypatch.setattr(Socket, "connect", connect)
    monkeypatch.setattr(socket, "socket", Socket)
    monkeypatch.setattr(socket, "getaddrinfo", rebinding)

    with pytest.raises(http.ConnectFailed):
        http.client("webhook", user_given=True).post(f"http://rebind.test:{server.port}/")

    assert asked.count("rebind.test") == 1
    assert dialled == ["93.184.216.34"]


def test_the_operators_exceptions_are_exact(server: OddServer) -> None:
    http.configure(allowed_private=[f" 127.0.0.1:{server.port} ", "[::1]:1"])

    assert http.client("webhook", user_given=True).post(server.url("/")).ok
    for host in ("localhost", "127.1", "127.0.0.2"):
        with pytest.raises((http.Refused, http.ConnectFailed)):
            http.client("webhook", user_given=True).post(server.url("/", host=host))
    with pytest.raises(http.Refused):
        http.client("webhook", user_given=True).post(f"http://127.0.0.1:{server.port + 1}/")


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/", "http://[::1", "http://127.0.0.1:port/"])
def test_an_address_that_cannot_be_read_is_no_exception(url: str) -> None:
    http.configure(allowed_private=["127.0.0.1:80"])

    assert not http.is_exempt(url)


@pytest.mark.parametrize("entry", ["localhost", ":80", "host:", "host:http"])
def test_a_malformed_exception_is_named_at_start_up(entry: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        http.configure(allowed_private=[entry])


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert addresses.is_public(address)
