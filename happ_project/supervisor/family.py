"""The supervisor's event loop: output of the children, their ends and restarts, and the signals sent to us."""

import contextlib
import ctypes
import json
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from happ_project.supervisor import processes
from happ_project.supervisor.child import Child, describe
from happ_project.supervisor.console import Console, Output
from happ_project.supervisor.problems import Problem

PR_SET_CHILD_SUBREAPER = 36
STILL_EVERY = 5.0  # seconds between signs of life during a long step


class Stopped(Exception):
    """Somebody asked us to stop."""


class Family:
    """All children of the supervisor. One thread; everything happens inside `until`."""

    def __init__(self, console: Console, record: Path) -> None:
        self.console = console
        self.record = record
        self.children: list[Child] = []
        self.stopping = False
        self.asked_to_stop = 0
        self.selector = selectors.DefaultSelector()
        self._watch_signals()
        if sys.platform == "linux":
            # grandchildren whose parent died become ours, so that none is left behind
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def _watch_signals(self) -> None:
        self.wakeup, writing = socket.socketpair()
        self._writing = writing
        for end in (self.wakeup, writing):
            end.setblocking(False)
        signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sent, self._on_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.selector.register(self.wakeup, selectors.EVENT_READ, lambda: self.wakeup.recv(4096))

    def _on_stop(self, _sent: int, _frame: object) -> None:
        self.asked_to_stop += 1

    # --- children -----------------------------------------------------------------------------------------------------

    def start(self, child: Child) -> None:
        """Take `child` in and start it."""
        if child not in self.children:
            self.children.append(child)
        child.due = time.monotonic()
        self._tick()

    def _launch(self, child: Child) -> None:
        reading, writing = os.pipe()
        try:
            pid = child.launch(writing)
        except Problem as problem:
            os.close(reading)
            self.console.warn(f"{child.name} cannot start: {problem}")
            child.ended(1)
            return
        finally:
            os.close(writing)
        output = Output(child.name, reading, self.console, child.noise)
        self.selector.register(reading, selectors.EVENT_READ, lambda: self._read(output))
        child.started_as(pid, output)
        self._write_record()

    def _read(self, output: Output) -> None:
        if not output.closed and not output.read():
            self.selector.unregister(output.descriptor)
            output.close()

    def drain(self, child: Child) -> None:
        """Read the last words of a child that ended."""
        while (output := child.output) and not output.closed and output.has_more():
            self._read(output)

    def ended(self, pid: int, status: int) -> None:
        """A process ended; `status` is what waitpid() says."""
        for child in self.children:
            if child.pid == pid:
                self.drain(child)  # its last words come before the news of its end
                child.ended(os.waitstatus_to_exitcode(status))
                if child.keep and not self.stopping:
                    code = child.exit_code or 0
                    self.console.warn(f"{child.name} {describe(code)}; starting it again in {child.pause:g} s")
                self._write_record()

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            self.ended(pid, status)

    def _write_record(self) -> None:
        """Which process is what: for `kill`, for measuring, for tests."""
        pids = {child.name: child.pid for child in self.children if child.pid}
        unfinished = self.record.with_suffix(".new")
        unfinished.write_text(json.dumps(pids))
        unfinished.rename(self.record)

    # --- the loop -----------------------------------------------------------------------------------------------------

    def until(
        self,
        condition: Callable[[], bool],
        *,
        seconds: float | None = None,
        waiting_for: Callable[[], str] | None = None,
    ) -> bool:
        """Serve the children until `condition` holds (True) or `seconds` passed (False)."""
        begin = still = time.monotonic()
        while not condition():
            if self.asked_to_stop and not self.stopping:
                raise Stopped
            now = time.monotonic()
            if seconds is not None and now - begin > seconds:
                return False
            if waiting_for and now - still > STILL_EVERY:
                still = now
                self.console.say(f"still {waiting_for()} ({now - begin:.0f} s)")
            self._pump()
        return True

    def _pump(self) -> None:
        dues = [child.due for child in self.children if child.due is not None and child.can_start()]
        wait = min([0.1, *(max(0.0, due - time.monotonic()) for due in dues)])
        for key, _ in self.selector.select(wait):
            with contextlib.suppress(BlockingIOError):
                key.data()
        self._reap()
        self._tick()

    def _tick(self) -> None:
        if self.stopping:
            return
        for child in self.children:
            if child.due is not None and child.due <= time.monotonic() and child.can_start():
                self._launch(child)

    # --- the end ------------------------------------------------------------------------------------------------------

    def stop(self, children: Iterable[Child], *, grace: float, patience: int = 2) -> None:
        """Ask `children` to end; make them when the grace is over or somebody has asked us `patience` times to stop."""
        self.stopping = True
        leaving = [child for child in children if child.pid]
        for child in leaving:
            child.keep = False
            child.tell(child.stop_signal)

        def settled() -> bool:
            return self.asked_to_stop >= patience or not any(child.pid for child in leaving)

        self.until(settled, seconds=grace)
        for child in leaving:
            if child.pid:
                self.console.warn(f"{child.name} does not end by itself; ending it")
                child.tell(signal.SIGKILL)
        self.until(lambda: not any(child.pid for child in leaving), seconds=5)

    def sweep(self) -> None:
        """End whatever became ours when its parent died."""
        ours = Path(f"/proc/self/task/{os.getpid()}/children")
        for _ in range(50):
            self._reap()
            left = ours.read_text().split() if ours.exists() else []
            if not left:
                break
            processes.send((int(pid) for pid in left), signal.SIGKILL)
            time.sleep(0.05)
        self.record.unlink(missing_ok=True)
