"""Business hours as people write them."""

from datetime import UTC, datetime

import pytest
import time_machine

from assistants.tools import hours

WEEK = "Mon-Fri 9:00-18:00\nСб 10-14"


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (datetime(2026, 11, 23, 7, 0, tzinfo=UTC), True),  # Monday, nine in Kyiv
        (datetime(2026, 11, 23, 16, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 21, 8, 30, tzinfo=UTC), True),
        (datetime(2026, 11, 22, 10, 0, tzinfo=UTC), False),
    ],
)
def test_the_clock_is_the_companys(moment: datetime, is_open: bool) -> None:
    with time_machine.travel(moment, tick=False):
        told = hours.now("Europe/Kyiv", WEEK)

    assert told["open"] is is_open
    assert told["timezone"] == "Europe/Kyiv"


def test_a_range_may_go_over_sunday() -> None:
    assert [day for day, _, _ in hours.read("Sat-Mon 10:00-24:00")] == [0, 5, 6]


@pytest.mark.parametrize("text", ["whenever", "Mon 18:00-9:00", "Xyz 9:00-18:00", "Mon 25:00-26:00"])
def test_what_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(hours.Unreadable, match=text):
        hours.read(text)


def test_unreadable_hours_are_told_as_they_stand() -> None:
    told = hours.now("Nowhere/Land", "by appointment")

    assert (told["businessHours"], told["open"]) == ("by appointment", None)
