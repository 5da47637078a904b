"""One trial: start the product, load it, kill, let it settle, count."""

from __future__ import annotations

import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.doubles.wasender import Session, WaSender
from tests.kill import counting
from tests.kill.killer import Killer
from tests.kill.load import Customers, Visitors
from tests.kill.receiver import Receiver
from tests.running.language_model import LanguageModel
from tests.running.product import Product, workspace

EVENTS = ["messages.received", "messages.upsert", "messages.update", "message.sent", "session.status"]
_NUMBERS = 2
_QUIET = 3.0


@dataclass(frozen=True)
class Plan:
    """`seconds` of killing under load, then at most `settle` seconds of peace. `outages`: servers taken away too."""

    seed: int
    seconds: float = 60.0
    settle: float = 90.0
    visitors: int = 10
    customers: int = 8
    pause: tuple[float, float] = (0.4, 2.6)
    troubles: tuple[str, ...] = ("accept+reset", "accept+500", "accept+hang", "500", "reset", "429")
    outages: tuple[str, ...] = ()


@dataclass
class Result:
    plan: Plan
    counts: counting.Counts
    kills: Counter[str] = field(default_factory=Counter)
    outages: Counter[str] = field(default_factory=Counter)
    settled_after: float | None = None
    log: str = ""

    @property
    def is_clean(self) -> bool:
        return not self.counts.problems


@contextmanager
def _doubles(seed: int) -> Iterator[tuple[WaSender, LanguageModel, Receiver]]:
    parts: list[Any] = [
        WaSender(auto=True, patience=600),
        LanguageModel(random.Random(f"{seed} model"), trouble=0.02),
        Receiver(),
    ]
    for part in parts:
        part.start()
    try:
        yield tuple(parts)  # type: ignore[misc]
    finally:
        for part in parts:
            part.stop()


def run(plan: Plan, *, say: Callable[[str], None] = print, keep_log: Path | None = None) -> Result:
    with _doubles(plan.seed) as (double, model, receiver), workspace() as where:
        product = Product(
            where,
            WASENDER_BASE_URL=double.base_url,
            OPENAI_API_KEY="for-the-double",
            OPENAI_BASE_URL=model.base_url,
            OPENAI_MODEL="double",
            OUTBOUND_ALLOWED_PRIVATE=f"{receiver.host},127.0.0.1:{double.port}",
        )
        try:
            say(f"ready after {product.start():.1f} s")
            return _run(plan, product, double, receiver, say)
        finally:
            product.stop()
            if keep_log is not None:
                keep_log.write_text(product.said())


def _run(plan: Plan, product: Product, double: WaSender, receiver: Receiver, say: Callable[[str], None]) -> Result:
    sessions, channel = _connect(product, double, receiver)
    visitors = Visitors(product.port, channel, str(plan.seed), count=plan.visitors)
    customers = Customers(double, sessions, str(plan.seed), count=plan.customers, troubles=plan.troubles)
    killer = Killer(product, random.Random(f"{plan.seed} killer"))
    visitors.start()
    customers.start()
    try:
        until = time.monotonic() + plan.seconds
        while time.monotonic() < until:
            killer.round(pause=plan.pause, until=until)
        for outage in plan.outages:
            _take_away(killer, outage, say)
        say(f"{sum(killer.kills.values())} kills; letting it settle")
        visitors.stop_writing()
        customers.stop_writing()
        settled = _settle(plan, product, double, visitors, customers, say)
        counts = counting.count(
            product, visitors=visitors.all, customers=customers.accepted, double=double, heard=receiver.heard
        )
    finally:
        visitors.leave()
    return Result(plan, counts, kills=killer.kills, outages=killer.outages, settled_after=settled, log=product.said())


def _connect(product: Product, double: WaSender, receiver: Receiver) -> tuple[list[Session], str]:
    token = double.add_token()
    sessions = [double.add_session(token, phone=f"+38050000000{number}") for number in range(_NUMBERS)]
    wishes = [
        {"phone": each.phone_number, "id": each.id, "api_key": each.api_key, "secret": each.webhook_secret}
        | {"token": token}
        for each in sessions
    ]
    made = product.furnish(
        email="kill@example.com", debounce=1.0, longest_wait=6.0, numbers=wishes, webhook=f"http://{receiver.host}/"
    )
    for session, number in zip(sessions, made["numbers"], strict=True):
        session.change({"webhook_url": product.origin + number["path"], "webhook_enabled": True})
        session.webhook_events = EVENTS
    return sessions, made["widget"]


def _take_away(killer: Killer, outage: str, say: Callable[[str], None]) -> None:
    name, _, how = outage.partition(" ")
    say(f"{name} {how} for 12 s")
    if how == "frozen":
        killer.freeze(name, seconds=12)
    else:
        killer.hold_down(name, seconds=12)
    time.sleep(5)


def _settle(
    plan: Plan,
    product: Product,
    double: WaSender,
    visitors: Visitors,
    customers: Customers,
    say: Callable[[str], None],
) -> float | None:
    """Wait until nothing is open any more, and stays so for a while: a messenger's receipt may still be on its way.

    Returns how long that took, None if it did not happen.
    """
    begin = time.monotonic()
    customers.wait(plan.settle)
    last = ""
    quiet_since: float | None = None
    while time.monotonic() - begin < plan.settle:
        state: dict[str, Any] = {"product": "away"}
        with contextlib.suppress(Exception):
            state = counting.open_work(product)
            state |= {"waiting to be accepted": sum(len(visitor.outbox) for visitor in visitors.all)}
            state |= {"not seen": counting.unseen(product, visitors.all)}
            state |= {"unsure": counting.unsettled(product, double)}
            state = {name: number for name, number in state.items() if number}
        if state or not product.is_healthy():
            quiet_since = None
        elif quiet_since is None:
            quiet_since = time.monotonic()
        elif time.monotonic() - quiet_since > _QUIET:
            return quiet_since - begin
        if str(state) != last:
            last = str(state)
            say(f"  {time.monotonic() - begin:4.0f} s: {last}")
        time.sleep(0.5)
    return None
