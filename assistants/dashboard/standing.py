"""How an assistant's tests stand, as pages draw them."""

from __future__ import annotations

from typing import Any

from assistants.models import Assistant
from assistants.services import testing


def of(assistant: Assistant) -> dict[str, Any]:
    """The tests with their newest runs, and whether something is still running."""
    runs, mark = testing.latest(assistant), testing.digest(assistant)
    rows = [{"test": test, "run": runs.get(test.pk)} for test in testing.tests(assistant)]
    busy = any(run.state in run.OPEN for run in runs.values())
    return {"assistant": assistant, "rows": rows, "busy": busy, "mark": mark}
