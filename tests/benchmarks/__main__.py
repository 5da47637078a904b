"""`python -m tests.benchmarks [--quick] [--only ingest,turns,answers]`: measure everything in one run and print it."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from datetime import UTC, datetime

from tests.benchmarks import answers, ingest, turns
from tests.benchmarks.measuring import Report, machine_cpu_seconds
from tests.benchmarks.stage import Stage
from tests.doubles import wasender
from tests.running.product import NotReady, workspace

PARTS = ("memory", "ingest", "turns", "answers", "start")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short rounds, for a first look")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    chosen = parser.parse_args()
    report = Report()
    others = _others()
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {datetime.now(UTC):%F}")
    print(f"other work on this machine at the start: {others:.2f} cores")
    report.line("other work on the machine at the start", f"{others:.2f} cores")
    with workspace() as where, wasender.running() as double:
        stage = Stage(where, double)
        try:
            _measure(stage, report, chosen.only.split(","), quick=chosen.quick)
        except (AssertionError, NotReady):
            print(stage.product.said()[-3000:], file=sys.stderr)
            raise
        finally:
            stage.product.stop()
    print("\n" + report.text())
    return 0


def _measure(stage: Stage, report: Report, parts: list[str], *, quick: bool) -> None:
    report.line("first start, ready after", f"{stage.first_start:.1f} s")
    if "memory" in parts:
        time.sleep(3 if quick else 15)
        _memory(stage, report, "at rest after the start")
    if "answers" in parts:
        answers.measure(stage, report, visitors=20 if quick else 40, rounds=3 if quick else 8)
    if "ingest" in parts:
        ingest.measure(stage, report, rounds=2 if quick else 5, seconds=2.0 if quick else 5.0)
    if "turns" in parts:
        turns.measure(stage, report, chats=200 if quick else 1000, seconds=15.0 if quick else 60.0)
    if "memory" in parts:
        time.sleep(3 if quick else 20)
        total = _memory(stage, report, "at rest after the load")
        report.goal("memory at rest < 900 MB", total < 900, f"{total:.0f} MB")
    if "start" in parts:
        stage.product.stop()
        seconds = stage.product.start()
        report.line("second start, ready after", f"{seconds:.1f} s")
        report.goal("ready ≤ 15 s on the second start", seconds <= 15, f"{seconds:.1f} s")


def _memory(stage: Stage, report: Report, when: str) -> float:
    found = stage.memory()
    total = sum(found.values())
    each = ", ".join(f"{name} {size:.0f}" for name, size in sorted(found.items(), key=lambda item: -item[1]))
    report.line(f"memory {when} (PSS)", f"{total:.0f} MB ({each})")
    return total


def _others() -> float:
    """Cores that are busy before we do anything."""
    before = machine_cpu_seconds()
    time.sleep(2)
    return (machine_cpu_seconds() - before) / 2


if __name__ == "__main__":
    sys.exit(main())
