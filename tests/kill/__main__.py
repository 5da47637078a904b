"""`python -m tests.kill [--seed N] [--seconds 60]`: the kill test by hand; exit code 1 if anything broke."""

from __future__ import annotations

import argparse
import secrets
import sys
from pathlib import Path

from tests.kill import trial
from tests.kill.reporting import report

OUTAGES = ("postgres down", "valkey down", "postgres frozen", "outbound frozen", "inbound frozen")


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


if __name__ == "__main__":
    sys.exit(main())
