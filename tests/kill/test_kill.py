"""A short trial of the kill test; `make kill-test` runs the long one, with servers away for 12 seconds."""

import pytest

from tests.kill import trial
from tests.kill.reporting import report


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_whatever_is_killed_nothing_is_lost_and_nothing_happens_twice() -> None:
    quick = ("accept+reset", "accept+500", "500", "429")  # none that hangs until a time-out
    plan = trial.Plan(seed=1, seconds=22, settle=60, visitors=6, customers=4, pause=(0.5, 2.0), troubles=quick)

    result = trial.run(plan)

    print(report(result))
    assert result.is_clean, report(result)
    assert result.settled_after is not None, "work was left undone"
    assert sum(result.kills.values()) >= 10
    assert result.counts.messages >= 10
