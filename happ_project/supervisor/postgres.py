"""The embedded PostgreSQL: a real server from the wheel's programs, reachable by a private unix socket only."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from happ_project.supervisor import processes
from happ_project.supervisor.accounts import Account
from happ_project.supervisor.problems import Problem

ROLE = "happ"
DATABASE = "happ"
EXTENSIONS = ("vector", "pg_trgm", "btree_gin")
SMALL_MACHINE = {
    "shared_buffers": "64MB",
    "max_connections": "100",
    "work_mem": "4MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "512MB",
    "max_wal_size": "512MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_worker_processes": "2",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "autovacuum_max_workers": "1",
    "autovacuum_worker_slots": "2",
    "io_method": "sync",  # the default keeps three more processes
    "jit": "off",
    "huge_pages": "off",
    "log_min_messages": "warning",
    "log_line_prefix": "",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "logging_collector": "off",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # for tests only

# psql's \gexec makes what is missing, so an interrupted first start is finished by the next one.
# Test databases are copies of template1, and the role that makes them may not create extensions.
SET_UP = rf"""
SELECT 'CREATE ROLE {ROLE} LOGIN CREATEDB NOSUPERUSER'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') \gexec
\connect template1
{"".join(f"CREATE EXTENSION IF NOT EXISTS {name};" for name in EXTENSIONS)}
\connect postgres
SELECT 'CREATE DATABASE {DATABASE} OWNER {ROLE}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \gexec
"""  # noqa: S608 - the names are the constants above


class Postgres:
    """How to create, start and complete one PostgreSQL cluster."""

    name = "postgres"
    noise: tuple[str, ...] = ("LOG:  starting PostgreSQL", "LOG:  listening on")
    stop_signal: int = signal.SIGINT  # "fast": roll back, write a checkpoint, end

    def __init__(self, *, programs: Path, directory: Path, sockets: Path, account: Account, durable: bool) -> None:
        self.programs = programs
        self.directory = directory
        self.sockets = sockets
        self.account = account
        self.durable = durable

    @property
    def url(self) -> str:
        """What DATABASE_URL becomes."""
        return f"postgresql://{ROLE}@/{DATABASE}?host={self.sockets}"

    def prepare(self) -> None:
        """Make the cluster if there is none, refuse one we cannot use, end what a killed supervisor may have left."""
        if not self.directory.exists() or not any(self.directory.iterdir()):
            self._create()
        version_file = self.directory / "PG_VERSION"
        if not version_file.is_file() or not (self.directory / "global" / "pg_control").is_file():
            raise Problem(
                f"{self.directory} is no whole PostgreSQL data directory: restore it, or move it away to begin anew."
            )
        theirs, own = version_file.read_text().strip(), self._major()
        if theirs != own:
            raise Problem(
                f"{self.directory} was written by PostgreSQL {theirs}, but this is {own}: dump it with the old version "
                "and restore it into a new data directory (docs/operations.md, “A new major version of PostgreSQL”)."
            )
        self._end_leftovers()

    def _create(self) -> None:
        unfinished = self.directory.with_name("postgres.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        self.account.make_private(unfinished)
        command: list[str | Path] = [
            self.programs / "initdb",
            "-D",
            unfinished,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        # the build has no ICU; the builtin provider knows Unicode whatever the machine's locale is
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if not self.durable:
            command.append("--no-sync")
        made = processes.spawn(command, env=self.environment(), account=self.account, stdout=subprocess.PIPE)
        output, _ = made.communicate()
        if made.returncode:
            lines = output.decode(errors="replace").strip().splitlines()
            raise Problem(f"initdb could not make {unfinished}: {lines[-1] if lines else 'it said nothing'}")
        with contextlib.suppress(FileNotFoundError):
            self.directory.rmdir()
        unfinished.rename(self.directory)

    def _major(self) -> str:
        command = [str(self.programs / "postgres"), "--version"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = re.search(r"\d+", said)
        return found.group() if found else said.strip()

    def _end_leftovers(self) -> None:
        """A killed supervisor's server is stopping already; a killed server's children would block its successor."""
        for sent, seconds in ((0, 1.0), (signal.SIGINT, 9.0), (signal.SIGQUIT, 3.0), (signal.SIGKILL, 5.0)):
            if sent:
                postmaster = self._recorded_pid()
                left = self._running()
                processes.send([postmaster] if postmaster in left and sent != signal.SIGKILL else left, sent)
            if processes.wait_until(lambda: not self._running(), seconds=seconds):
                break
        else:
            raise Problem(f"An older PostgreSQL still runs on {self.directory}: end it and start again.")
        (self.directory / "postmaster.pid").unlink(missing_ok=True)

    def _running(self) -> list[int]:
        return processes.working_in(self.directory, named="postgres")

    def _recorded_pid(self) -> int:
        lines = self._status()
        return int(lines[0]) if lines and lines[0].isdigit() else 0

    def _status(self) -> list[str]:
        try:
            return (self.directory / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def command(self) -> list[str]:
        """The command line; it overrides whatever initdb wrote, so new settings reach old clusters."""
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.sockets)}
        settings |= {"unix_socket_permissions": "0700"}
        settings |= SMALL_MACHINE if self.durable else SMALL_MACHINE | FORGETFUL
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(self.programs / "postgres"), "-D", str(self.directory), *options]

    def environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "LC_ALL": "C"}

    def ready(self, pid: int) -> bool:
        """Whether the server `pid` takes connections; it writes that into its own status file, as pg_ctl reads it."""
        lines = self._status()
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def complete(self) -> None:
        """After the first start: the role without special rights, its database, the extensions."""
        done = self.directory / "happ.set_up"
        if done.exists():
            return
        command: list[str | Path] = [
            self.programs / "psql",
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            self.sockets,
            "-U",
            "postgres",
        ]
        result = subprocess.run(
            [str(part) for part in [*command, "postgres"]],
            input=SET_UP,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise Problem(f"The database could not be set up: {result.stderr.strip()}")
        done.touch()

    def explain(self, log: str) -> str:
        """What to do when it ended before it was ready."""
        return (
            f"PostgreSQL does not start on {self.directory} ({log or 'it said nothing'}): "
            "restore that directory from a backup, or move it away to begin anew (docs/operations.md)."
        )
