"""`exec`: run one command with private servers that vanish afterwards; this is what the tests run under."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from happ_project.supervisor import places, processes, servers
from happ_project.supervisor.problems import Problem

PREFIX = "happ-exec-"
PATIENCE = 15.0  # seconds a command gets to end after it was asked to


def run(command: list[str], *, data: Path | None, durable: bool) -> int:
    """Run `command` and return its exit code; without `data` everything lies in a directory removed at the end."""
    if data is not None:
        return run_in(data.resolve(), command, durable=True)
    _sweep()
    directory = Path(tempfile.mkdtemp(prefix=PREFIX))
    if os.geteuid() == 0:
        directory.chmod(0o711)  # the servers' user passes through to its own folders
    try:
        return run_in(directory, command, durable=durable)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def run_in(data: Path, command: list[str], *, durable: bool) -> int:
    """Run `command` with servers on the data directory `data`, which stays."""
    where = places.prepare(data)
    held = places.lock(data)
    # a stop asked for while the servers start becomes an exception, so that everything is undone on the way out
    for sent in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sent, _stop_early)
    try:
        keys = {key: value for key, value in places.secrets_for(data).items() if not os.environ.get(key)}
        with servers.Running(servers.needed(where, os.environ, durable=durable), data) as addresses:
            return run_command(command, {**os.environ, **keys, **addresses, "HAPP_DATA_DIR": str(data)})
    finally:
        places.tidy(where)
        os.close(held)


def _stop_early(sent: int, _frame: object) -> None:
    raise SystemExit(128 + sent)


def run_command(command: list[str], env: dict[str, str]) -> int:
    """Run `command`, hand on what we are told by signals, and return its exit code."""
    parent = os.getpid()
    try:
        child = subprocess.Popen(command, env=env, preexec_fn=lambda: processes.die_with(parent, signal.SIGTERM))
    except OSError as error:
        raise Problem(f"Cannot run {command[0]}: {error.strerror}.") from None

    def forward(sent: int, _frame: object) -> None:
        if sent == signal.SIGINT and _from_our_terminal():
            return  # the terminal told the command already
        child.send_signal(sent)
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)

    for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sent, forward)
    signal.signal(signal.SIGALRM, lambda *_: child.kill())
    code = child.wait()
    signal.setitimer(signal.ITIMER_REAL, 0)
    return code if code >= 0 else 128 - code


def _from_our_terminal() -> bool:
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False


def _sweep() -> None:
    """Remove what a killed `exec` left: its directory is there, but nobody holds its lock."""
    for directory in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if directory.is_symlink() or directory.stat().st_uid != os.geteuid():
                continue
            descriptor = os.open(directory / "lock", os.O_RDWR)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(directory, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(descriptor)
