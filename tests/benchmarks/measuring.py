"""Numbers into lines: percentiles, goals, the table."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; NaN of nothing."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def milliseconds(values: Sequence[float], *shares: float) -> str:
    """`p50 3.1 ms, longest 9.0 ms`: the longest is the share 1."""
    named = [("longest" if share == 1 else f"p{share * 100:g}", percentile(values, share)) for share in shares]
    return ", ".join(f"{name} {value * 1000:.1f} ms" for name, value in named)


@dataclass
class Goal:
    what: str
    is_met: bool
    found: str


@dataclass
class Report:
    """`line` is what was found, `goal` also whether it is what was wanted."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)

    def line(self, what: str, found: str) -> None:
        self.lines.append((what, found))
        print(f"  {what}: {found}", flush=True)

    def goal(self, what: str, is_met: bool, found: str) -> None:
        self.goals.append(Goal(what, is_met, found))

    def text(self) -> str:
        width = max(len(what) for what, _ in self.lines)
        rows = [f"{what:<{width}}  {found}" for what, found in self.lines]
        rows += ["", "Goals"]
        rows += [f"  {'met   ' if goal.is_met else 'MISSED'}  {goal.what}: {goal.found}" for goal in self.goals]
        return "\n".join(rows)


def machine_cpu_seconds() -> float:
    """Processor time that the whole machine has spent working."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _idle, _wait, irq, softirq = (int(value) for value in fields[:7])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
