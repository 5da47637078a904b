"""The whole product under its supervisor: ready, killed piece by piece, stopped, and nothing left."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from happ_project.supervisor import processes, roles
from tests.running.product import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
ROLES = [role.name for role in roles.table(data="", web_fd=0)]


class Product:
    """A supervisor that we started, seen from outside."""

    def __init__(self, data: Path, port: int) -> None:
        self.data = data
        self.port = port
        self.log = data.parent / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "happ_project.supervisor", "up"],
                env=environment(data, port),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def said(self) -> str:
        return self.log.read_text()

    def healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False

    def wait_until_ready(self, seconds: float = 120) -> None:
        def settled() -> bool:
            return "Happ is ready" in self.said() or self.process.poll() is not None

        assert processes.wait_until(settled, seconds=seconds, pause=0.1), self.said()
        assert self.process.poll() is None, self.said()

    def pids(self) -> dict[str, int]:
        return json.loads((self.data / "processes.json").read_text())

    def everybody(self) -> set[int]:
        """All processes below the supervisor, and itself."""
        found, waiting = set(), [self.process.pid]
        while waiting:
            pid = waiting.pop()
            found.add(pid)
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{pid}/task").iterdir():
                    waiting += [int(child) for child in (task / "children").read_text().split()]
        return found


def environment(data: Path, port: int) -> dict[str, str]:
    given = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "HAPP_ENCRYPTION_KEYS", "DJANGO_SETTINGS_MODULE")
    bare = {key: value for key, value in os.environ.items() if key not in given}
    return {**bare, "HAPP_DATA_DIR": str(data), "PORT": str(port), "PYTHONUNBUFFERED": "1"}


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def nobody_left(pids: set[int]) -> bool:
    return processes.wait_until(lambda: not any(alive(pid) for pid in pids), seconds=20)


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """One data directory for all tests here: its first start makes it, the others find it made."""
    with tempfile.TemporaryDirectory(prefix="happ-test-") as name:
        Path(name).chmod(0o711)
        yield Path(name) / "data"


@pytest.fixture
def product(data: Path) -> Iterator[Product]:
    running = Product(data, free_port())
    running.wait_until_ready()
    yield running
    everybody = running.everybody()
    if running.process.poll() is None:
        running.process.terminate()
        running.process.wait(timeout=60)
    assert nobody_left(everybody)


def test_it_says_what_it_does_and_when_it_is_ready(product: Product) -> None:
    said = product.said()

    assert product.healthy()
    assert f"http://127.0.0.1:{product.port}" in said
    assert "demo@happ.example" in said
    assert "/demo/shop/" in said
    assert "bringing the database up to date" in said


def test_the_second_start_takes_seconds(product: Product, data: Path) -> None:
    product.process.terminate()
    product.process.wait(timeout=60)

    begin = time.monotonic()
    again = Product(data, product.port)
    try:
        again.wait_until_ready(seconds=15)
    finally:
        again.process.terminate()
        again.process.wait(timeout=60)
    print(f"second start: {time.monotonic() - begin:.1f} s with its stop")


def test_ctrl_c_stops_everything_in_order(product: Product) -> None:
    everybody = product.everybody()
    assert len(everybody) > len(ROLES) + 3

    product.process.send_signal(signal.SIGINT)

    assert product.process.wait(timeout=60) == 0
    assert nobody_left(everybody)
    assert "does not end by itself" not in product.said()
    assert product.said().rstrip().endswith("stopped")


def test_killing_the_supervisor_leaves_nothing(product: Product) -> None:
    everybody = product.everybody()

    product.process.kill()
    product.process.wait()

    assert nobody_left(everybody)


def test_what_may_wait_leaves_the_processor_to_the_others(product: Product) -> None:
    pids, ours = product.pids(), os.getpriority(os.PRIO_PROCESS, 0)

    for role in roles.table(data="", web_fd=0):
        assert os.getpriority(os.PRIO_PROCESS, pids[role.name]) == ours + role.niceness, role.name


def test_every_killed_process_comes_back(product: Product) -> None:
    for name in [*ROLES, "valkey", "postgres", "zygote"]:
        before = product.pids()[name]

        os.kill(before, signal.SIGKILL)

        def is_back(name: str = name, before: int = before) -> bool:
            return product.pids().get(name, before) != before and product.healthy()

        assert processes.wait_until(is_back, seconds=30, pause=0.1), f"{name} did not come back\n{product.said()}"


def test_a_second_run_on_the_same_data_gives_a_sentence(product: Product, data: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "happ_project.supervisor", "up"],
        env=environment(data, free_port()), capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert done.returncode == 1
    assert f"already running on {data}" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_port_in_use_gives_a_sentence_before_anything_starts(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="happ-test-") as name, socket.create_server(("127.0.0.1", 0)) as taken:
        Path(name).chmod(0o711)
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "happ_project.supervisor", "up"],
            env=environment(Path(name) / "data", port), capture_output=True, text=True, timeout=60,
        )  # fmt: skip

        assert done.returncode == 1
        assert f"Port {port} is in use" in done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        assert not (Path(name) / "data" / "postgres").exists()


def test_broken_data_give_a_sentence_and_leave_nothing() -> None:
    with tempfile.TemporaryDirectory(prefix="happ-test-") as name:
        Path(name).chmod(0o711)
        broken = Path(name) / "data" / "postgres"
        broken.mkdir(parents=True)
        (broken / "something").write_text("else")
        (Path(name) / "data").chmod(0o711)
        done = subprocess.run(
            [sys.executable, "-m", "happ_project.supervisor", "up"],
            env=environment(Path(name) / "data", free_port()), capture_output=True, text=True, timeout=60,
        )  # fmt: skip

        assert done.returncode == 1
        assert "no whole PostgreSQL data directory" in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stdout + done.stderr
