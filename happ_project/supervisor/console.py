"""What the person at the terminal sees: one line per line, with the name of who said it."""

import contextlib
import os
import select
import sys
from collections import deque

COLOURS = (36, 33, 35, 32, 34, 96, 93, 95, 92, 94)
BOLD, DIM, RED = 1, 2, 31
OURSELVES = "happ"


class Console:
    """Writes prefixed lines; the colours stay away from files, pipes and those who set NO_COLOR."""

    def __init__(self, names: list[str]) -> None:
        self.width = max(len(name) for name in [*names, OURSELVES])
        self.coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self.colours = {name: COLOURS[index % len(COLOURS)] for index, name in enumerate(names)} | {OURSELVES: BOLD}

    def line(self, name: str, text: str) -> None:
        """One line of a child's."""
        self._write(
            f"{self._paint(name.ljust(self.width), self.colours.get(name, DIM))} {self._paint('│', DIM)} {text}"
        )

    def say(self, text: str) -> None:
        """One line of our own."""
        self.line(OURSELVES, text)

    def warn(self, text: str) -> None:
        """One line of our own that asks for attention."""
        self.line(OURSELVES, self._paint(text, RED))

    def banner(self, lines: list[str]) -> None:
        """What to do next, set apart."""
        self._write("")
        for text in lines:
            self._write(f"  {text}")
        self._write("")

    def _paint(self, text: str, colour: int) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self.coloured else text

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):  # whoever read us is gone; that must not stop the product
            print(text, flush=True)


class Output:
    """The reading end of a child's output: whole lines go to the console, the last ones are remembered."""

    def __init__(self, name: str, descriptor: int, console: Console, noise: tuple[str, ...] = ()) -> None:
        self.name = name
        self.noise = noise  # lines with one of these say nothing to anybody
        self.descriptor = descriptor
        self.console = console
        self.rest = b""
        self.closed = False
        self.tail: deque[str] = deque(maxlen=20)
        os.set_blocking(descriptor, False)

    def read(self) -> bool:
        """Pass on what came; False at the end of the output."""
        try:
            data = os.read(self.descriptor, 65536)
        except BlockingIOError:
            return True
        *lines, self.rest = (self.rest + data).split(b"\n")
        if not data and self.rest:
            lines, self.rest = [self.rest], b""
        for line in lines:
            text = line.decode(errors="replace").rstrip()
            if text and not any(part in text for part in self.noise):
                self.tail.append(text)
                self.console.line(self.name, text)
        return bool(data)

    def has_more(self) -> bool:
        """Whether there is something to read at once (the end counts)."""
        return bool(select.select([self.descriptor], [], [], 0)[0])

    def close(self) -> None:
        """Nothing more will come."""
        self.closed = True
        os.close(self.descriptor)
