"""Kills one process after another, and takes a server away for longer than a lease lasts."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections import Counter

from tests.running.product import Product, children_of

BACKEND = "postgres backend"
# what is killed in one round, in random order; whoever holds work in hand more often
DECK = (
    ["web", "inbound", "ai", "outbound"] * 3
    + ["dispatcher", "postgres", "valkey"] * 2
    + [BACKEND, "webhooks", "knowledge", "beat", "sessions", "zygote"]
)  # fmt: skip


class Killer:
    def __init__(self, product: Product, rng: random.Random) -> None:
        self.product, self.rng = product, rng
        self.kills: Counter[str] = Counter()
        self.outages: Counter[str] = Counter()

    def round(self, *, pause: tuple[float, float], until: float) -> None:
        """One round of the deck with random pauses, or as much of it as fits before `until` (monotonic)."""
        deck = list(DECK)
        self.rng.shuffle(deck)
        for name in deck:
            time.sleep(self.rng.uniform(*pause))
            if time.monotonic() > until:
                return
            self.kill(name)

    def kill(self, name: str) -> bool:
        """SIGKILL, as the kernel does it when memory runs out."""
        pid = self._find(name)
        if pid is None:
            return False  # it is dead already: being started again
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.kills[name] += 1
            return True
        return False

    def _find(self, name: str) -> int | None:
        if name != BACKEND:
            return self.product.pids().get(name)
        postmaster = self.product.pids().get("postgres")
        children = children_of(postmaster) if postmaster else []
        return self.rng.choice(children) if children else None

    def hold_down(self, name: str, *, seconds: float) -> None:
        """Kill a server again as soon as it is back, for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.kill(name)
            time.sleep(0.1)
        self.outages[f"{name} down"] += 1

    def freeze(self, name: str, *, seconds: float) -> None:
        """Stop a process with all its children and let it go on: what a stalled machine looks like to the others."""
        pid = self._find(name)
        frozen = [pid, *children_of(pid)] if pid else []
        for each in frozen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGSTOP)
        time.sleep(seconds)
        for each in frozen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGCONT)
        self.outages[f"{name} frozen"] += 1
