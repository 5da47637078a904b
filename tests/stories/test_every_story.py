"""The same story with every messenger, each through its own double."""

from __future__ import annotations

import pytest

from tests.stories.plot import Story, play
from tests.stories.stage import each_messenger, house, mind, runners, story, telegram, time
from tests.working import Mind

__all__ = ["house", "mind", "runners", "story", "telegram", "time"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


@each_messenger
def test_the_story(story: Story, mind: Mind) -> None:
    play(story, mind)
