"""The parent of all Django processes: loads Django once, then forks, so that they share its memory and start at once.

It keeps no thread and no connection. The supervisor sends it what to run over a socket; each fork gets its own session,
its own output and dies with this process. See `forks` for the other end.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
import traceback
import warnings
from collections.abc import Callable

from happ_project.supervisor import processes

LARGEST_MESSAGE = 65536
Message = dict[str, object]


def _manage(arguments: list[str]) -> None:
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(["manage.py", *arguments])
    except OperationalError as error:
        told = " ".join(str(error).split())
        sys.exit(f"The database cannot be used: {told} Check DATABASE_URL, and that its server runs and lets us in.")


def _celery(arguments: list[str]) -> None:
    from happ_project.celery import app

    # its advice (--uid) is for a worker started by itself; ours run as whoever started the product
    warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")
    app.start(["--quiet", *arguments])


def _web(arguments: list[str]) -> None:
    from happ_project import webserver

    webserver.main(arguments)


# the first sets Django up and loads the addresses and views; the others are what every worker loads
PRELOADED = ("happ_project.asgi", "celery.apps.worker", "celery.bin.celery", "celery.concurrency.thread",
             "kombu.transport.redis", "psycopg")  # fmt: skip
PROGRAMS: dict[str, Callable[[list[str]], None]] = {"manage": _manage, "celery": _celery, "web": _web}


def _load_settings() -> None:
    """Read them first by themselves: what is wrong with them is the reader's business, a traceback is not."""
    from pydantic import ValidationError

    from happ_project import env

    try:
        env.load()
    except ValidationError as error:
        print(*env.complaints(error), sep="\n")
        sys.exit(1)


def _load() -> None:
    """Import what the processes share; what only one of them needs stays out."""
    for module in PRELOADED:
        importlib.import_module(module)
    from happ_project.celery import app

    app.finalize()
    app.loader.import_default_modules()
    if threading.active_count() > 1:
        raise RuntimeError(f"an import started a thread, which a fork would lose: {threading.enumerate()}")


def _run(program: str, arguments: list[str]) -> int:
    sys.argv = [program, *arguments]
    try:
        PROGRAMS[program](arguments)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - the last word of a process
        traceback.print_exc()
        return 1
    return 0


def _become(message: Message, descriptors: list[int], zygote: int) -> None:
    """Turn a fresh fork into a process of its own."""
    signal.set_wakeup_fd(-1)
    for sent in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(sent, signal.SIG_DFL)
    os.setsid()
    processes.die_with(zygote, signal.SIGKILL)
    processes.name_us(f"happ:{message['name']}")
    processes.give_way(int(str(message["niceness"])))
    output, *others = descriptors
    for standard in (1, 2):
        os.dup2(output, standard)
    os.close(output)
    for descriptor, number in zip(others, message["numbers"], strict=True):  # type: ignore[call-overload]
        os.dup2(descriptor, number)
        if descriptor != number:
            os.close(descriptor)
    os.environ["HAPP_ROLE"] = str(message["name"])
    os.environ["PGAPPNAME"] = f"happ:{message['name']}"  # who it is that keeps the database busy (pg_stat_activity)
    gc.enable()


def _fork(message: Message, descriptors: list[int], channel: socket.socket) -> int:
    zygote = os.getpid()
    pid = os.fork()
    if pid:
        for descriptor in descriptors:
            os.close(descriptor)
        return pid
    code = 1
    try:
        channel.close()
        _become(message, descriptors, zygote)
        code = _run(str(message["program"]), list(message["arguments"]))  # type: ignore[call-overload]
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _reap(channel: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        channel.send(json.dumps({"ended": pid, "status": status}).encode())


def serve(channel: socket.socket) -> None:
    """Fork on command and report ends, until the supervisor closes its end."""
    waking, writing = socket.socketpair()
    waking.setblocking(False)
    writing.setblocking(False)
    signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    channel.send(json.dumps({"ready": True}).encode())
    while True:
        ready, _, _ = select.select([channel, waking], [], [])
        if waking in ready:
            with contextlib.suppress(BlockingIOError):
                waking.recv(4096)
        _reap(channel)
        if channel in ready:
            data, descriptors, _, _ = socket.recv_fds(channel, LARGEST_MESSAGE, 8)
            if not data:
                return
            pid = _fork(json.loads(data), descriptors, channel)
            channel.send(json.dumps({"started": pid}).encode())


def main() -> None:
    """`python -m happ_project.supervisor.zygote FD`."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    channel.set_inheritable(False)
    gc.disable()
    processes.name_us("happ:zygote")
    _load_settings()
    _load()
    gc.collect()
    gc.freeze()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        serve(channel)


if __name__ == "__main__":
    main()
