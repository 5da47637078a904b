"""The door for outbound HTTP against real servers on loopback."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import httpx2
import openai
import pytest

from happ_project.core import http
from happ_project.core.http import door
from tests.doubles import odd_server
from tests.doubles.odd_server import OddServer


@pytest.fixture
def server() -> Iterator[OddServer]:
    with odd_server.running() as running:
        yield running


@pytest.fixture(autouse=True)
def closed_door() -> Iterator[None]:
    http.configure()
    yield
    http.configure()
    http.install_transaction_guard(lambda: None)


def quick_client(monkeypatch: pytest.MonkeyPatch, **limits: float) -> http.Client:
    """A client of the operator's whose limits a test can wait for."""
    roles = {**http.ROLES, "messenger": replace(http.ROLES["messenger"], **limits)}
    monkeypatch.setattr(door, "ROLES", roles)
    return http.client("messenger", user_given=False)


def test_an_operators_address_may_be_private(server: OddServer) -> None:
    answer = http.client("messenger", user_given=False).post(server.url("/x"), json={"a": "ї"}, headers={"A": "b"})

    assert (answer.status, answer.ok, answer.json()) == (200, True, {"ok": True})
    assert server.seen[0].body in (b'{"a": "\\u0457"}', '{"a": "ї"}'.encode())
    assert server.seen[0].headers["a"] == "b"
    assert server.seen[0].headers["user-agent"].startswith("Happ")


def test_any_status_is_an_answer(server: OddServer) -> None:
    answer = http.client("messenger", user_given=False).get(server.url("/redirect?to=/&status=404"))

    assert (answer.status, answer.ok) == (404, False)


def test_cookies_are_not_kept(server: OddServer) -> None:
    client = http.client("messenger", user_given=False)

    client.get(server.url("/"))
    client.get(server.url("/"))

    assert "cookie" not in server.seen[1].headers


def test_connections_are_used_again(server: OddServer) -> None:
    client = http.client("messenger", user_given=False)

    for _ in range(5):
        client.get(server.url("/"))

    assert server.connections == 1


def test_a_connection_idle_for_long_is_opened_anew(server: OddServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from happ_project.core.http import connections

    client = http.client("messenger", user_given=False)
    client.get(server.url("/"))
    monkeypatch.setattr(connections, "_LONGEST_IDLE", -1.0)

    client.get(server.url("/"))

    assert server.connections == 2


def test_proxies_of_the_environment_are_ignored(server: OddServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{odd_server.unused_port()}")

    assert http.client("messenger", user_given=False).get(server.url("/")).ok


def test_nobody_listening_is_surely_not_sent() -> None:
    with pytest.raises(http.ConnectFailed):
        http.client("messenger", user_given=False).post(f"http://127.0.0.1:{odd_server.unused_port()}/")


def test_an_unknown_name_is_surely_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(http.ConnectFailed):
        http.client("webhook", user_given=True).post("http://no-such-name.invalid/")


def test_a_tls_failure_is_surely_not_sent(server: OddServer) -> None:
    with pytest.raises(http.ConnectFailed):
        http.client("messenger", user_given=False).post(server.url("/").replace("http:", "https:"))

    assert server.seen == []


def test_a_listener_that_never_accepts_is_surely_not_sent_or_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    client = quick_client(monkeypatch, connect=0.2, read=0.2, total=0.5)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen(1)

        with pytest.raises(http.TimedOut):
            client.post(f"http://127.0.0.1:{mute.getsockname()[1]}/")


def test_silence_after_sending_is_a_time_out(server: OddServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(http.TimedOut):
        quick_client(monkeypatch, read=0.2).post(server.url("/hang"))

    assert len(server.seen) == 1


@pytest.mark.parametrize("path", ["/dripping/headers", "/dripping/body"])
def test_drops_cannot_outlast_the_total_time(server: OddServer, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    with pytest.raises(http.TimedOut):
        quick_client(monkeypatch, read=0.3, total=0.4).get(server.url(path))


@pytest.mark.parametrize("path", ["/reset", "/half", "/nonsense"])
def test_a_connection_that_breaks_after_sending_is_unclear(server: OddServer, path: str) -> None:
    with pytest.raises(http.Broken):
        http.client("messenger", user_given=False).post(server.url(path))

    assert len(server.seen) == 1, "never sent a second time by itself"


def test_an_answer_over_the_limit_is_refused(server: OddServer) -> None:
    with pytest.raises(http.TooLarge):
        http.client("messenger", user_given=False).get(server.url("/large?bytes=2000"), max_bytes=1999)


def test_an_answer_that_unpacks_over_the_limit_is_refused(server: OddServer) -> None:
    with pytest.raises(http.TooLarge):
        http.client("messenger", user_given=False).get(server.url("/bomb?bytes=50000000"), max_bytes=1_000_000)


def test_a_webhook_receivers_long_answer_is_cut(server: OddServer) -> None:
    http.configure(allowed_private=[f"127.0.0.1:{server.port}"])

    answer = http.client("webhook", user_given=True).post(server.url("/large?bytes=200000"))

    assert (answer.status, answer.cut, len(answer.content)) == (200, True, 64 * 1024)


def test_a_post_is_never_redirected(server: OddServer) -> None:
    answer = http.client("messenger", user_given=False).post(server.url("/redirect?to=/elsewhere"))

    assert answer.status == 302
    assert len(server.seen) == 1


def test_a_get_follows_a_redirect_on_its_own_host(server: OddServer) -> None:
    answer = http.client("messenger", user_given=False).get(
        server.url("/redirect"), params={"to": "/there?x=1"}, headers={"Authorization": "Bearer s"}
    )

    assert answer.ok
    assert (server.seen[1].path, server.seen[1].query) == ("/there", {"x": "1"})
    assert server.seen[1].headers["authorization"] == "Bearer s"


def test_redirects_end(server: OddServer) -> None:
    with pytest.raises(http.Broken):
        http.client("messenger", user_given=False).get(server.url("/loop"))


def test_a_redirect_to_another_host_gets_no_headers_and_the_strangers_check(server: OddServer) -> None:
    with odd_server.running() as other:
        http.configure(allowed_private=[f"127.0.0.1:{server.port}", f"127.0.0.1:{other.port}"])

        http.client("tool", user_given=True).get(
            server.url("/redirect"), params={"to": other.url("/")}, headers={"X-Api-Key": "s"}
        )
        assert "x-api-key" not in other.seen[0].headers

        http.configure(allowed_private=[f"127.0.0.1:{server.port}"])
        for user_given in (True, False):
            with pytest.raises(http.Refused):
                http.client("tool", user_given=user_given).get(server.url("/redirect"), params={"to": other.url("/")})
        assert len(other.seen) == 1


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://[::1", "gopher://x"])
def test_a_redirect_to_something_else_than_the_web_is_refused(server: OddServer, target: str) -> None:
    http.configure(allowed_private=[f"127.0.0.1:{server.port}"])

    with pytest.raises(http.Refused):
        http.client("tool", user_given=True).get(server.url("/redirect"), params={"to": target})


def test_an_open_transaction_stops_every_request(server: OddServer) -> None:
    def guard() -> None:
        raise http.TransactionOpen("a transaction is open")

    http.install_transaction_guard(guard)

    with pytest.raises(http.TransactionOpen):
        http.client("messenger", user_given=False).get(server.url("/"))
    with pytest.raises(http.TransactionOpen), httpx2.Client(transport=http.model_transport(operator=True)) as client:
        client.get(server.url("/"))
    assert server.seen == []


def test_logs_and_errors_hold_no_secret(server: OddServer, caplog: pytest.LogCaptureFixture) -> None:
    secrets = ["querysecret", "headersecret", "usersecret", "pathsecretpathsecretpathsecret", "bodysecret"]
    path = "/ok/pathsecretpathsecretpathsecret?token=querysecret"
    headers = {"Authorization": "Bearer headersecret"}
    caplog.set_level(logging.DEBUG)
    client = http.client("messenger", user_given=False)

    client.post(server.url(path).replace("http://", "http://u:usersecret@"), headers=headers, json={"a": "bodysecret"})
    with pytest.raises(http.HttpError) as caught:
        client.post(f"http://127.0.0.1:{odd_server.unused_port()}{path}", headers=headers, json={"a": "bodysecret"})

    assert "/ok/…" in caplog.text
    told = caplog.text + repr(caught.value) + repr(caught.value.__cause__) + repr(caught.value.__context__)
    assert [secret for secret in secrets if secret in told] == []


def test_each_thread_has_connections_of_its_own(server: OddServer) -> None:
    client = http.client("messenger", user_given=False)
    threads = [threading.Thread(target=client.get, args=(server.url("/"),)) for _ in range(3)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert server.connections == 3


def test_the_models_transport_obeys_the_same_rules(server: OddServer) -> None:
    with httpx2.Client(transport=http.model_transport(operator=True), trust_env=False) as client:
        assert client.post(server.url("/v1/x"), json={"a": 1}, headers={"X-A": "b"}).json() == {"ok": True}
        assert (server.seen[0].path, server.seen[0].headers["x-a"]) == ("/v1/x", "b")
        assert server.seen[0].body.replace(b" ", b"") == b'{"a":1}'
        with pytest.raises(httpx2.ConnectError):
            client.get(f"http://127.0.0.1:{odd_server.unused_port()}/")
        with pytest.raises(httpx2.ReadError):
            client.post(server.url("/reset"))
    with httpx2.Client(transport=http.model_transport(operator=False), trust_env=False) as client:
        with pytest.raises(httpx2.UnsupportedProtocol):
            client.post(server.url("/v1/x"))
        http.configure(allowed_private=[f"127.0.0.1:{server.port}"])
        assert client.get(server.url("/bomb?bytes=1000")).content == b"\0" * 1000


def test_the_openai_sdk_speaks_through_the_transport(server: OddServer) -> None:
    through = httpx2.Client(transport=http.model_transport(operator=True), trust_env=False)
    sdk = openai.OpenAI(api_key="k", base_url=server.url("/v1"), http_client=through, max_retries=0)

    sdk.models.list()

    assert server.seen[0].headers["authorization"] == "Bearer k"
