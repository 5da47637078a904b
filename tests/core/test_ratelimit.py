"""Token buckets: how often somebody may."""

import logging
from datetime import timedelta

import pytest
import redis
import time_machine

from happ_project.core import clock, health, ids, ratelimit


@pytest.fixture
def key() -> str:
    return f"test:{ids.new_code()}"


def test_a_bucket_gives_what_it_holds_and_then_says_how_long_to_wait(key: str) -> None:
    with time_machine.travel(clock.now(), tick=False):
        allowed = [ratelimit.allow(key, limit=3, seconds=60) for _ in range(4)]
        wait = ratelimit.wait(key, limit=3, seconds=60)

    assert allowed == [True, True, True, False]
    assert wait == pytest.approx(20)


def test_a_bucket_fills_again(key: str) -> None:
    with time_machine.travel(clock.now(), tick=False) as time:
        for _ in range(3):
            ratelimit.allow(key, limit=3, seconds=60)
        time.shift(timedelta(seconds=19.9))
        assert not ratelimit.allow(key, limit=3, seconds=60)
        time.shift(timedelta(seconds=0.2))
        assert ratelimit.allow(key, limit=3, seconds=60)
        time.shift(timedelta(days=1))
        assert [ratelimit.allow(key, limit=3, seconds=60) for _ in range(4)] == [True, True, True, False]


def test_a_clock_that_goes_back_gives_nothing_away(key: str) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False):
        ratelimit.allow(key, limit=1, seconds=60)
    with time_machine.travel(start - timedelta(hours=1), tick=False):
        assert not ratelimit.allow(key, limit=1, seconds=60)


def test_buckets_are_apart(key: str) -> None:
    assert ratelimit.allow(key, limit=1, seconds=60)
    assert ratelimit.allow(f"{key}2", limit=1, seconds=60)
    assert not ratelimit.allow(key, limit=1, seconds=60)


def test_without_redis_everything_is_let_through_and_the_log_says_so(
    key: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(health, "state_store", lambda: redis.Redis(port=1, socket_connect_timeout=0.2))

    with caplog.at_level(logging.WARNING):
        assert ratelimit.allow(f"{key}:who@example.com", limit=1, seconds=60)

    assert "rate limit of test not counted" in caplog.text
    assert "who@example.com" not in caplog.text
