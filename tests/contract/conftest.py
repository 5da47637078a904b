"""Says at the end of a run how much of the contract each messenger went through."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from messengers import registry

_SUITE = "test_every_adapter.py"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in registry.kinds()}
    for outcome in ("passed", "failed", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            kind = _kind_of(report.nodeid) if _SUITE in report.nodeid else ""
            if kind:
                counts[kind][outcome] += 1
    if not any(counts.values()):
        return
    terminalreporter.section("the contract, by messenger")
    for kind, found in counts.items():
        told = ", ".join(f"{number} {outcome}" for outcome, number in found.items())
        terminalreporter.write_line(f"{kind:14}{sum(found.values()):5}  {told}")


def _kind_of(node: str) -> str:
    """The messenger that a test's parameters name: a sample's id begins with it, other ids have it among them."""
    ids = re.search(r"\[(.*)\]$", node, re.DOTALL)
    if ids is None:
        return ""
    named = [ids[1].partition(": ")[0], *ids[1].split("-")]
    return next((name for name in named if name in registry.kinds()), "")
