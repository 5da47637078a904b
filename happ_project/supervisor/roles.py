"""The table of processes that make up the product, in the order they start."""

import signal
from dataclasses import dataclass


@dataclass(frozen=True)
class Workers:
    """One Celery worker process for one queue; the wait is on the network, so threads, kept apart by queue."""

    queue: str
    size: int
    niceness: int = 0


# where the processor is short: what customers write first, then answers, then what nobody waits for
WORKERS = (
    Workers("inbound", 4),
    Workers("ai", 16, niceness=2),
    Workers("outbound", 8, niceness=3),
    Workers("webhooks", 8, niceness=3),
    # reading is work for the processor; one document of each company at a time, so that nobody waits for another's book
    Workers("knowledge", 2, niceness=5),
)


@dataclass(frozen=True)
class Role:
    """One process: what it runs, and whether `/healthz` waits for its heartbeat."""

    name: str
    program: str  # one of zygote.PROGRAMS
    arguments: tuple[str, ...]
    beats: bool = True
    stage: int = 1  # stages stop one after another, lowest first
    stop_signal: int = signal.SIGTERM
    niceness: int = 0  # the larger, the more it leaves the processor to the others


def _worker(workers: Workers) -> Role:
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING")
    options = ("--queues", workers.queue, "--pool", "threads", "--concurrency", str(workers.size))
    arguments = ("worker", "--hostname", f"{workers.queue}@happ", *options, *quiet)
    return Role(workers.queue, "celery", arguments, stage=2, niceness=workers.niceness)


def table(*, data: str, web_fd: int) -> list[Role]:
    """All roles; `web_fd` is the number under which the web process inherits its listening socket."""
    return [
        Role("web", "web", ("--fd", str(web_fd)), beats=False),
        *(_worker(workers) for workers in WORKERS),
        Role("dispatcher", "manage", ("run_dispatcher",)),
        Role(
            "beat", "celery", ("beat", "--schedule", f"{data}/beat-schedule", "--pidfile", "", "--loglevel", "WARNING")
        ),
        Role("sessions", "manage", ("run_sessions",), stage=2),
    ]
