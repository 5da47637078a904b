"""Starting processes that cannot outlive us, and finding those that did."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

from happ_project.supervisor.accounts import Account

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with(parent: int, sent: int) -> None:
    """Ask the kernel to send us the signal `sent` when the process `parent` ends, however it ends.

    Called in the child, after its user was changed (changing it forgets the wish).
    """
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, sent, 0, 0, 0)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(1)


def name_us(name: str) -> None:
    """What `ps -o comm` and `top` show for this process (15 characters)."""
    if _libc is not None:
        _libc.prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def give_way(niceness: int) -> None:
    """Leave the processor to others where it is short. Called when we lead a session of our own.

    Linux may weigh whole sessions against each other (autogroups), and niceness only inside of one.
    """
    if niceness:
        os.nice(niceness)
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(niceness))


def spawn(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    account: Account | None = None,
    death_signal: int = signal.SIGTERM,
    stdout: IO[bytes] | int | None = None,
    pass_fds: Sequence[int] = (),
    cwd: str | Path = "/",
) -> "subprocess.Popen[bytes]":
    """Start a process in its own session (Ctrl-C does not reach it) that ends when we end."""
    parent = os.getpid()

    def in_child() -> None:
        die_with(parent, death_signal)

    other = account is not None and account.uid != os.geteuid()
    return subprocess.Popen(
        [str(part) for part in command],
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.STDOUT if stdout is not None else None,
        start_new_session=True,
        pass_fds=pass_fds,
        preexec_fn=in_child,
        user=account.uid if account and other else None,
        group=account.gid if account and other else None,
        extra_groups=[] if other else None,
    )


def working_in(directory: Path, *, named: str) -> list[int]:
    """The processes called `named` whose working directory is `directory`: a server's, however it was started."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "comm").read_text().strip() != named:
                continue
            if os.readlink(entry / "cwd") == str(directory):
                found.append(int(entry.name))
    return found


def send(pids: Iterable[int], sent: int) -> None:
    """Signal each process, forgetting those that are gone."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sent)


def wait_until(condition: Callable[[], bool], *, seconds: float, pause: float = 0.02) -> bool:
    """Whether `condition` came true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
