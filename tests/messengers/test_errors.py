"""What an adapter's errors promise, whatever the other side told it."""

from __future__ import annotations

import math
import pickle

import pytest

from messengers import errors


@pytest.mark.parametrize(
    ("told", "waited"),
    [(30.0, 30.0), (None, None), (0, None), (-5.0, None), (math.nan, None), (0.001, 0.5), (math.inf, 604_800.0)],
)
def test_a_wait_is_a_length_of_time_that_can_be_waited(told: float | None, waited: float | None) -> None:
    assert errors.TryLater(told, "later").retry_after == waited


def test_an_error_travels_whole_between_processes() -> None:
    again = pickle.loads(pickle.dumps(errors.Restricted(7.0, "paused")))

    assert (type(again), again.retry_after, again.reason) == (errors.Restricted, 7.0, "paused")
