"""The embedded servers a start needs: those for which no address is given."""

import contextlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Protocol

from happ_project.supervisor import binaries, processes
from happ_project.supervisor.accounts import Account
from happ_project.supervisor.places import Places
from happ_project.supervisor.postgres import Postgres
from happ_project.supervisor.problems import Problem
from happ_project.supervisor.valkey import Valkey


class Server(Protocol):
    """What the supervisor knows of a server."""

    name: str
    stop_signal: int
    noise: tuple[str, ...]
    account: Account

    @property
    def url(self) -> str: ...
    def prepare(self) -> None: ...
    def command(self) -> list[str]: ...
    def environment(self) -> dict[str, str]: ...
    def ready(self, pid: int) -> bool: ...
    def complete(self) -> None: ...
    def explain(self, log: str) -> str: ...


def needed(places: Places, given: Mapping[str, str], *, durable: bool = True) -> dict[str, Server]:
    """The servers to start, by the environment variable each one fills; one that `given` names already is not ours."""
    found: dict[str, Server] = {}
    account, sockets = places.account, places.sockets
    if not given.get("DATABASE_URL"):
        programs = binaries.postgres(account, places.copies)
        found["DATABASE_URL"] = Postgres(
            programs=programs, directory=places.postgres, sockets=sockets, account=account, durable=durable
        )
    if not given.get("REDIS_URL"):
        program = binaries.valkey(account, places.copies)
        found["REDIS_URL"] = Valkey(
            program=program, directory=places.valkey, sockets=sockets, account=account, durable=durable
        )
    return found


def launch(server: Server, output: IO[bytes] | int) -> "subprocess.Popen[bytes]":
    """Start one server; it ends when we end."""
    return processes.spawn(
        server.command(),
        env=server.environment(),
        account=server.account,
        death_signal=server.stop_signal,
        stdout=output,
    )


class Running:
    """Servers started together and stopped together, for a command that needs them for a while."""

    def __init__(self, servers: Mapping[str, Server], logs: Path) -> None:
        self.servers = servers
        self.logs = logs
        self.started: list[tuple[Server, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> dict[str, str]:
        """Start them all and return the addresses for the environment."""
        try:
            for server in self.servers.values():
                server.prepare()
                path = self.logs / f"{server.name}.log"
                path.touch(mode=0o600)
                with path.open("ab") as log:
                    process = launch(server, log)
                self.started.append((server, process))
            for server, process in self.started:
                self._wait(server, process)
                server.complete()
        except BaseException:
            self.stop()
            raise
        return {variable: server.url for variable, server in self.servers.items()}

    def _wait(self, server: Server, process: "subprocess.Popen[bytes]") -> None:
        def settled() -> bool:
            return process.poll() is not None or server.ready(process.pid)

        if not processes.wait_until(settled, seconds=60) or process.poll() is not None:
            lines = (self.logs / f"{server.name}.log").read_text(errors="replace").strip().splitlines()
            raise Problem(server.explain(" ".join(lines[-2:])))

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ask them to end, and make them."""
        for server, process in reversed(self.started):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, server.stop_signal)
        for _, process in self.started:
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.started.clear()
