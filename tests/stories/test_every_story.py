"""The same story with every messenger, each through its own double."""

from __future__ import annotations

import pytest

from tests.contract.wires import WIRES
from tests.stories.plot import Story, play
from tests.stories.stage import STORIES, each_messenger, house, mind, runners, story, telegram, time
from tests.working import Mind

__all__ = ["house", "mind", "runners", "story", "telegram", "time"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


def test_every_messenger_that_is_reached_over_a_network_has_its_story() -> None:
    assert set(STORIES) == set(WIRES)


@each_messenger
def test_the_story(story: Story, mind: Mind) -> None:
    play(story, mind)
