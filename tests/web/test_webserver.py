"""The web process over real sockets: the bridge, the cap on bodies, and the end under load."""

import base64
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

LARGEST = 200_000


@dataclass
class Served:
    process: "subprocess.Popen[bytes]"
    port: int
    started: Path
    answers: list[int] = field(default_factory=list)

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("POST" if body is not None else "GET", path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    listening = socket.create_server(("127.0.0.1", 0))
    command = [sys.executable, "-m", "happ_project.webserver", "--fd", str(listening.fileno())]
    started = tmp_path / "started"
    process = subprocess.Popen(
        [*command, "--application", "tests.web.application.application"],
        pass_fds=[listening.fileno()],
        env={**os.environ, "STARTED": str(started)},
    )
    yield Served(process, listening.getsockname()[1], started)
    process.kill()
    process.wait()
    listening.close()


def test_a_request_reaches_wsgi_whole(served: Served) -> None:
    body = os.urandom(150_000)

    status, headers, answer = served.ask("/a%20path?q=1", body, **{"X-Told": "yes"})

    told = json.loads(answer)
    assert status == 200
    assert headers["x-name"] == "Ї".encode().decode("latin-1")
    assert told == {
        "method": "POST",
        "path": "/a path",
        "query": "q=1",
        "prefix": "",
        "size": 150_000,
        "sha256": hashlib.sha256(body).hexdigest(),
        "header": "yes",
    }


def test_a_stranger_cannot_choose_how_our_links_begin(served: Served) -> None:
    answer = served.ask("/", **{"Daphne-Root-Path": "@evil.example"})[2]

    assert json.loads(answer)["prefix"] == ""


def test_a_form_is_not_read_on_its_way(served: Served) -> None:
    answered = served.ask("/", b"what is this?", **{"Content-Type": "multipart/form-data; boundary=x"})

    assert (answered[0], json.loads(answered[2])["size"]) == (200, 13)


def test_a_chunked_body_reaches_wsgi_whole(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    connection.request("POST", "/", body=iter([b"one", b"two"]), encode_chunked=True)

    assert json.loads(connection.getresponse().read())["size"] == 6


def test_a_body_over_the_cap_is_refused_in_json(served: Served) -> None:
    status, headers, answer = served.ask("/", b"x" * (LARGEST + 1))

    assert (status, headers["content-type"]) == (413, "application/json")
    assert json.loads(answer) == {
        "statusCode": 413,
        "error": "Request Entity Too Large",
        "message": "The body is larger than 200000 bytes.",
    }


def test_a_document_reaches_wsgi_whole_though_it_is_larger_than_any_other_body(served: Served) -> None:
    body = os.urandom(500_000)

    status, _headers, answer = served.ask("/documents/", body, **{"Content-Type": "multipart/form-data; boundary=x"})

    assert (status, json.loads(answer)["sha256"]) == (200, hashlib.sha256(body).hexdigest())


@pytest.mark.parametrize("path", ["/", "/documents/"])
def test_no_other_body_is_as_large_as_a_document(served: Served, path: str) -> None:
    kind = "multipart/form-data; boundary=x" if path == "/" else "application/json"

    assert served.ask(path, b"x" * 500_000, **{"Content-Type": kind})[0] == 413


def test_a_document_has_a_cap_of_its_own(served: Served) -> None:
    assert served.ask("/documents/", b"x" * 600_001, **{"Content-Type": "multipart/form-data; boundary=x"})[0] == 413


def test_a_chunked_body_over_the_cap_is_refused_as_a_page_for_a_browser(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    connection.request(
        "POST", "/", body=iter([b"x" * LARGEST, b"y"]), encode_chunked=True, headers={"Accept": "text/html"}
    )
    answer = connection.getresponse()

    assert (answer.status, answer.getheader("content-type")) == (413, "text/html; charset=utf-8")


def test_an_endless_body_is_cut_off(served: Served) -> None:
    served.ask("/")
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as client, pytest.raises(OSError):
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n")
        for _ in range(1000):
            client.sendall(b"x" * 100_000)


def test_an_exception_outside_django_becomes_a_500(served: Served) -> None:
    assert served.ask("/broken")[0] == 500


def test_the_end_under_load_answers_the_requests_in_flight_and_comes_soon(served: Served) -> None:
    served.ask("/")  # it is up
    whole, cut = [], []

    def load() -> None:
        while True:
            try:
                whole.append(served.ask("/slow")[0])
            except (OSError, http.client.HTTPException):
                cut.append(1)
                return

    clients = [threading.Thread(target=load, daemon=True) for _ in range(6)]
    for client in clients:
        client.start()
    while not served.started.exists() or served.started.stat().st_size < 12:
        time.sleep(0.05)

    asked = time.monotonic()
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(timeout=10) == 0
    took = time.monotonic() - asked

    assert took < 3.5
    assert set(whole) == {200}
    assert served.started.stat().st_size == len(whole)  # what began was answered


def test_a_request_that_hangs_does_not_keep_the_process(served: Served) -> None:
    served.ask("/")
    stuck = socket.create_connection(("127.0.0.1", served.port), timeout=10)
    stuck.sendall(b"GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n")
    served.ask("/")  # by now the other one was taken up

    asked = time.monotonic()
    served.process.send_signal(signal.SIGTERM)
    served.process.wait(timeout=10)

    assert time.monotonic() - asked < 3.5
    stuck.close()


def test_an_open_socket_is_told_to_come_again(served: Served) -> None:
    served.ask("/")
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as client:
        key = base64.b64encode(os.urandom(16)).decode()
        client.sendall(
            f"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        assert b" 101 " in client.recv(4096)

        served.process.send_signal(signal.SIGTERM)
        frame = client.recv(4096)

    assert frame[0] == 0x88  # a close frame
    assert int.from_bytes(frame[2:4], "big") == 1012
    assert served.process.wait(timeout=10) == 0


def test_a_message_that_is_too_large_ends_its_socket(served: Served) -> None:
    served.ask("/")
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as client:
        client.sendall(
            b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)) + b"\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert b" 101 " in client.recv(4096)

        client.sendall(b"\x81\xff" + (200_000).to_bytes(8, "big") + bytes(4))  # a text frame's head is enough
        try:
            said = client.recv(4096)
        except ConnectionResetError:
            said = b""

    assert said[:1] in (b"", b"\x88")  # nothing, or a close frame


def test_daphne_by_itself_also_answers_what_is_in_flight(tmp_path: Path) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    started = tmp_path / "started"
    command = [sys.executable, "-m", "daphne", "-v", "0", "--fd", str(listening.fileno())]
    process = subprocess.Popen(
        [*command, "tests.web.application:application"],
        pass_fds=[listening.fileno()],
        env={**os.environ, "STARTED": str(started)},
    )
    served = Served(process, listening.getsockname()[1], started)
    served.ask("/")
    client = threading.Thread(target=lambda: served.answers.append(served.ask("/slow")[0]))
    client.start()
    while not started.exists():
        time.sleep(0.02)

    process.send_signal(signal.SIGTERM)
    process.wait(timeout=10)
    client.join(timeout=10)
    listening.close()

    assert served.answers == [200]
