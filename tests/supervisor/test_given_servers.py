"""The product on servers that somebody else runs."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from happ_project.supervisor import places, processes, servers
from tests.running.product import Product, free_port, workspace

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def given() -> Iterator[dict[str, str]]:
    """The addresses of a PostgreSQL and a Valkey that are not the product's own."""
    with workspace() as where:
        elsewhere = places.prepare(where / "servers")
        with servers.Running(servers.needed(elsewhere, {}, durable=False), where) as addresses:
            yield addresses
        places.tidy(elsewhere)


@pytest.fixture
def product(given: dict[str, str]) -> Iterator[Product]:
    with workspace() as where:
        running = Product(where, **given)
        running.start()
        yield running
        running.stop()


def shakes_hands(product: Product) -> int:
    """What a stranger's WebSocket is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=10)
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    connection.request("GET", "/ws/events/", headers=upgrade)
    return connection.getresponse().status


def test_it_runs_on_given_servers_and_starts_none(product: Product) -> None:
    assert not {"postgres", "valkey"} & set(product.pids())
    assert not list(product.data.glob("postgres/*"))
    assert "looking at the given Redis" in product.said()


def test_a_killed_worker_comes_back_and_the_log_is_quiet(product: Product) -> None:
    strangers = [shakes_hands(product) for _ in range(3)]
    worker = product.pids()["inbound"]

    os.kill(worker, signal.SIGKILL)

    def is_back() -> bool:
        return product.pids().get("inbound") not in {None, worker} and product.is_healthy()

    assert processes.wait_until(is_back, seconds=30, pause=0.1), product.said()
    product.stop()  # by now whatever did not end in order has said so
    assert strangers == [403, 403, 403]
    assert "took too long" not in product.said()
    assert "Traceback" not in product.said()


def started(**wrong: str) -> str:
    with workspace() as where:
        done = subprocess.run(
            [sys.executable, "-m", "happ_project.supervisor", "up"],
            env={**os.environ, "HAPP_DATA_DIR": str(where / "data"), "PORT": str(free_port()), **wrong},
            capture_output=True, text=True, timeout=60, cwd=places.PROJECT,
        )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    return done.stderr.splitlines()[-1]


def test_servers_that_cannot_be_reached_give_a_sentence(given: dict[str, str]) -> None:
    nowhere = f"127.0.0.1:{free_port()}"

    assert "Redis cannot be used" in started(**given | {"REDIS_URL": f"redis://{nowhere}"})
    assert "The database cannot be used" in started(**given | {"DATABASE_URL": f"postgresql://happ@{nowhere}/happ"})
    assert "REDIS_URL: must be an address like" in started(**given | {"REDIS_URL": "redis:6379"})
