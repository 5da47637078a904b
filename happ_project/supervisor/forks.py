"""The supervisor's end of the zygote: start it, ask it for processes, hear of their ends."""

import json
import selectors
import signal
import socket
import sys
from collections import deque
from collections.abc import Mapping, Sequence

from happ_project.supervisor import places, processes
from happ_project.supervisor.child import Child
from happ_project.supervisor.family import Family
from happ_project.supervisor.problems import Problem
from happ_project.supervisor.zygote import LARGEST_MESSAGE

ANSWERS_WITHIN = 10.0  # seconds; a fork takes milliseconds


class Forks:
    """Makes processes by asking the zygote to fork."""

    def __init__(self, family: Family, environment: Mapping[str, str]) -> None:
        self.family = family
        self.environment = environment
        self.channel: socket.socket | None = None
        self.ready = False
        self.waiting: deque[dict[str, int]] = deque()
        self.child = Child("zygote", self._launch_zygote)

    def _launch_zygote(self, output: int) -> int:
        self._forget_channel()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(ANSWERS_WITHIN)
        with theirs:
            command = [sys.executable, "-m", "happ_project.supervisor.zygote", str(theirs.fileno())]
            process = processes.spawn(
                command,
                env=self.environment,
                cwd=places.PROJECT,
                stdout=output,
                pass_fds=[theirs.fileno()],
                death_signal=signal.SIGKILL,
            )
        process.returncode = 0  # the family reaps, not this object
        self.channel = ours
        self.family.selector.register(ours, selectors.EVENT_READ, self._hear)
        return process.pid

    def _forget_channel(self) -> None:
        self.ready = False
        if self.channel is not None:
            self.family.selector.unregister(self.channel)
            self.channel.close()
            self.channel = None

    def _hear(self) -> None:
        message = self._receive()
        if message is None:
            self._forget_channel()
        elif "ready" in message:
            self.ready = True
        elif "ended" in message:
            self.family.ended(message["ended"], message["status"])

    def _receive(self) -> dict[str, int] | None:
        try:
            data = self.channel.recv(LARGEST_MESSAGE) if self.channel else b""
        except (ConnectionResetError, TimeoutError):
            data = b""
        return json.loads(data) if data else None

    def child_for(
        self, name: str, program: str, arguments: Sequence[str], *, stop_signal: int = signal.SIGTERM,
        descriptors: Sequence[int] = (), keep: bool = True, niceness: int = 0,
    ) -> Child:  # fmt: skip
        """A child made by forking; `descriptors` are open files it inherits under the same numbers."""

        def launch(output: int) -> int:
            request = {"name": name, "program": program, "arguments": list(arguments), "niceness": niceness}
            return self._ask({**request, "numbers": list(descriptors)}, [output, *descriptors])

        return Child(name, launch, can_start=lambda: self.ready, stop_signal=stop_signal, keep=keep)

    def _ask(self, request: Mapping[str, object], descriptors: list[int]) -> int:
        if self.channel is None:
            raise Problem("the process they are forked from is gone")
        ends = []
        try:
            socket.send_fds(self.channel, [json.dumps(request).encode()], descriptors)
            while (message := self._receive()) is not None:
                if "started" in message:
                    return message["started"]
                ends.append(message)
        except (BrokenPipeError, TimeoutError, ConnectionResetError):
            pass
        finally:
            for message in ends:
                if "ended" in message:
                    self.family.ended(message["ended"], message["status"])
        self._forget_channel()
        raise Problem("the process they are forked from is gone")
