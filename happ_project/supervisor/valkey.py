"""The embedded Valkey: broker, cache and channel layer behind one private unix socket."""

import os
import signal
import socket
from pathlib import Path

from happ_project.supervisor import processes
from happ_project.supervisor.accounts import Account
from happ_project.supervisor.problems import Problem


class Valkey:
    """How to start one Valkey and to know that it answers."""

    name = "valkey"
    stop_signal: int = signal.SIGTERM
    noise: tuple[str, ...] = ("Memory overcommit must be enabled",)  # of weight for large memories only

    def __init__(self, *, program: Path, directory: Path, sockets: Path, account: Account, durable: bool) -> None:
        self.program = program
        self.directory = directory
        self.account = account
        self.durable = durable
        self.socket = sockets / "valkey.sock"

    @property
    def url(self) -> str:
        """What REDIS_URL becomes."""
        return f"unix://{self.socket}"

    def prepare(self) -> None:
        """Make way for a fresh start: end what a killed supervisor may have left."""
        left = processes.working_in(self.directory, named="valkey-server")
        processes.send(left, signal.SIGTERM)
        if not processes.wait_until(lambda: not self._running(), seconds=5):
            processes.send(self._running(), signal.SIGKILL)
            if not processes.wait_until(lambda: not self._running(), seconds=5):
                raise Problem(f"An older Valkey still runs on {self.directory}: end it and start again.")
        self.socket.unlink(missing_ok=True)

    def _running(self) -> list[int]:
        return processes.working_in(self.directory, named="valkey-server")

    def command(self) -> list[str]:
        """The command line; every setting is here, there is no configuration file."""
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.directory),
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",  # it is a broker: losing keys is losing tasks
            "daemonize": "no",
            "loglevel": "warning",
        }
        return [str(self.program), *(part for key, value in settings.items() for part in (f"--{key}", value))]

    def environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "LC_ALL": "C"}

    def ready(self, pid: int) -> bool:
        """Whether it answers (not while it still loads its file)."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def complete(self) -> None:
        """Nothing to set up inside."""

    def explain(self, log: str) -> str:
        """What to do when it ended before it was ready."""
        return (
            f"Valkey does not start on {self.directory} ({log or 'it said nothing'}): "
            "move that directory away and start again; it holds queues and caches only, the data are in PostgreSQL."
        )
