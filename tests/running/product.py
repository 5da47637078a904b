"""One run of the whole product with a data directory of its own: start it, find its processes, stop it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from happ_project.supervisor import accounts, places

_PORTS = range(18_000, 32_000)
_OURS = (
    "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "HAPP_ENCRYPTION_KEYS", "DJANGO_SETTINGS_MODULE", "OPENAI_API_KEY",
    "OPENAI_BASE_URL", "EXPECTED_ROLES", "PUBLIC_URL", "HAPP_ENV",
)  # fmt: skip


class NotReady(Exception):
    """The product did not start; the message is what it said."""


class Product:
    """`where` is the data directory; `settings` are environment variables. Nothing runs before `start`."""

    def __init__(self, where: Path, **settings: str) -> None:
        self.data, self.settings = where / "data", settings
        self.log = where / "log"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, seconds: float = 120) -> float:
        """Start and wait until it is ready; returns how many seconds that took."""
        bare = {name: value for name, value in os.environ.items() if name not in _OURS}
        begin = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "happ_project.supervisor", "up", "--with-parent"],
                env={**bare, "HAPP_DATA_DIR": str(self.data), "PORT": str(self.port), **self.settings},
                cwd=places.PROJECT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        while not self.is_healthy():
            if self.process.poll() is not None or time.monotonic() - begin > seconds:
                raise NotReady(self.said()[-6000:])
            time.sleep(0.05)
        return time.monotonic() - begin

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def is_healthy(self, *, timeout: float = 5) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    # --- its processes ------------------------------------------------------------------------------------------------

    def pids(self) -> dict[str, int]:
        """Process ids by name, as the supervisor wrote them down."""
        with contextlib.suppress(OSError, ValueError):
            return dict(json.loads((self.data / "processes.json").read_text()))
        return {}

    def everybody(self) -> dict[int, str]:
        """All processes below the supervisor and itself: id to the name of the part they belong to."""
        assert self.process is not None
        named = {pid: name for name, pid in self.pids().items()}
        found: dict[int, str] = {}
        waiting = [(self.process.pid, "supervisor")]
        while waiting:
            pid, name = waiting.pop()
            name = named.get(pid, name)
            found[pid] = name
            waiting += [(child, name) for child in children_of(pid)]
        return found

    # --- its servers --------------------------------------------------------------------------------------------------

    def environment(self) -> dict[str, str]:
        """What a process beside the product needs to use its database and its keys."""
        where = places.Places(self.data, accounts.for_servers(self.data / "postgres"))
        return {
            **os.environ,
            **places.secrets_for(self.data),
            **self.settings,
            "DATABASE_URL": f"postgresql://happ@/happ?host={where.sockets}",
            "REDIS_URL": f"unix://{where.sockets}/valkey.sock",
            "HAPP_DATA_DIR": str(self.data),
            "PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "happ_project.settings",
        }

    def furnish(self, **wishes: Any) -> dict[str, Any]:
        """Make a company with its channels (see `furnish.py`)."""
        command = [sys.executable, "-m", "tests.running.furnish", json.dumps(wishes)]
        made = subprocess.run(command, env=self.environment(), cwd=places.PROJECT, capture_output=True, check=False)
        if made.returncode:
            raise NotReady(made.stderr.decode(errors="replace")[-4000:])
        return dict(json.loads(made.stdout.splitlines()[-1]))

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        """Ask the database, past the product."""
        url = self.environment()["DATABASE_URL"]
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            return connection.execute(sql, params or None).fetchall()  # type: ignore[arg-type]

    def execute(self, sql: str) -> None:
        with psycopg.connect(self.environment()["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(sql)  # type: ignore[arg-type]

    def value(self, sql: str, *params: Any) -> Any:
        return self.rows(sql, *params)[0][0]


def children_of(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def cpu_seconds(pids: Iterator[int] | list[int] | dict[int, str]) -> float:
    """The processor time these processes have used so far."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError, IndexError):
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def pss_kilobytes(pid: int) -> int:
    """The memory of a process, what it shares counted in proportion."""
    with contextlib.suppress(OSError):
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        return int(found[1]) if found else 0
    return 0


def free_port() -> int:
    """A port that nobody listens on, from below those that the system gives to outgoing connections: it stays free
    until the product has come up."""
    while True:
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", secrets.choice(_PORTS))) as server:
            return int(server.getsockname()[1])


@contextmanager
def workspace() -> Iterator[Path]:
    """A directory that the servers' user may pass through, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="happ-run-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        yield Path(name)
