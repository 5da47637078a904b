"""One process the supervisor keeps alive: when it starts again after it ended, and how it is told to end."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from happ_project.supervisor.console import Output

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 15.0
SHORT_LIFE = 10.0  # a shorter one makes the next pause longer
HEALTHY_LIFE = 60.0  # after this much the pauses begin anew


@dataclass
class Child:
    """`launch` gets the writing end of the output pipe and returns the process id."""

    name: str
    launch: Callable[[int], int]
    can_start: Callable[[], bool] = lambda: True
    stop_signal: int = signal.SIGTERM
    noise: tuple[str, ...] = ()
    keep: bool = True  # start it again when it ends
    pid: int | None = None
    output: Output | None = None
    exit_code: int | None = None
    due: float | None = None  # when to start it (again), on the monotonic clock
    pause: float = 0.0
    started: float = field(default=0.0, repr=False)

    def started_as(self, pid: int, output: Output) -> None:
        """It runs."""
        self.pid, self.output, self.due, self.exit_code, self.started = pid, output, None, None, time.monotonic()

    def ended(self, exit_code: int) -> None:
        """It does not run any more; work out when to try again."""
        lived = time.monotonic() - self.started
        self.pid, self.exit_code = None, exit_code
        if lived >= HEALTHY_LIFE or not self.pause:
            self.pause = FIRST_PAUSE
        elif lived < SHORT_LIFE:
            self.pause = min(self.pause * 2, LONGEST_PAUSE)
        if self.keep:
            self.due = time.monotonic() + self.pause

    def tell(self, sent: int) -> None:
        """Send it a signal; all of its session when it is to die at once."""
        if self.pid is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sent == signal.SIGKILL:
                os.killpg(self.pid, sent)
            else:
                os.kill(self.pid, sent)

    def last_words(self) -> str:
        """The end of what it said."""
        return " / ".join(list(self.output.tail)[-3:]) if self.output else ""


def describe(exit_code: int) -> str:
    """How it ended, in words."""
    if exit_code >= 0:
        return f"ended with code {exit_code}"
    try:
        return f"was ended by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"was ended by signal {-exit_code}"
