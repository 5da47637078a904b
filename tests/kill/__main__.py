"""`python -m tests.kill [--seed N] [--seconds 60]`: the kill test by hand; exit code 1 if anything broke."""

from __future__ import annotations

import argparse
import secrets
import sys
from pathlib import Path

from tests.kill import trial

OUTAGES = ("postgres down", "valkey down", "postgres frozen", "outbound frozen", "inbound frozen")
LOST = ("lost", "not answered", "not seen", "never", "not told", "was not")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.kill", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="the same seed kills and writes in the same order")
    parser.add_argument("--seconds", type=float, default=60.0, help="of killing under load")
    parser.add_argument("--visitors", type=int, default=10)
    parser.add_argument("--customers", type=int, default=8)
    parser.add_argument("--outages", action=argparse.BooleanOptionalAction, default=True, help="servers away for 12 s")
    parser.add_argument("--log", type=Path, help="keep the product's log here")
    chosen = parser.parse_args()
    seed = chosen.seed if chosen.seed is not None else secrets.randbelow(1_000_000)
    plan = trial.Plan(
        seed=seed,
        seconds=chosen.seconds,
        visitors=chosen.visitors,
        customers=chosen.customers,
        outages=OUTAGES if chosen.outages else (),
    )
    print(f"seed {seed}")
    result = trial.run(plan, keep_log=chosen.log)
    print(report(result))
    return 0 if result.is_clean else 1


def report(result: trial.Result) -> str:
    """The counts, as people read them."""
    counts = result.counts
    kills = ", ".join(f"{name} {number}" for name, number in sorted(result.kills.items()))
    settled = "not settled" if result.settled_after is None else f"settled after {result.settled_after:.0f} s"
    lines = [
        f"kills               {sum(result.kills.values())} ({kills})",
        f"outages             {', '.join(result.outages) or 'none'}",
        f"customer messages   {counts.messages}",
        f"answers             {counts.answers}",
        f"sent by WhatsApp    {counts.sent}",
        f"unsure at times     {counts.unsure_at_times}, of those never taken {counts.unsure_left}",
        f"visitors' sockets   {counts.connections}, messages shown again by a push: {counts.pushed_again} (ignored)",
        f"events to webhook   {counts.events}",
        f"lost                {_sum(counts.problems, *LOST)}",
        f"doubled             {_sum(counts.problems, 'twice')}",
        f"afterwards          {settled}",
    ]
    for what, number in sorted(counts.problems.items()):
        lines.append(f"BROKEN  {what}: {number}, for example {counts.examples.get(what, '')}")
    lines += counts.stories
    lines.append("everything held" if result.is_clean else f"NOT everything held; seed {result.plan.seed}")
    return "\n".join(lines)


def _sum(problems: dict[str, int], *words: str) -> int:
    return sum(number for what, number in problems.items() if any(word in what for word in words))


if __name__ == "__main__":
    sys.exit(main())
