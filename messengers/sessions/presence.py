"""How many runners there are, so that each takes its share; a hint, not a truth: leases decide."""

import asyncio
import contextlib

import redis

from happ_project.core import clock, health

_KEY = "session-runners-alive"
_ALIVE = 10.0


async def count(name: str) -> int:
    """Say that we are there; returns how many are, ourselves included. Without Redis everybody thinks to be alone."""
    try:
        return await asyncio.to_thread(_count, name)
    except redis.RedisError:
        return 1


async def leave(name: str) -> None:
    with contextlib.suppress(redis.RedisError):
        await asyncio.to_thread(health.state_store().zrem, _KEY, name)


def _count(name: str) -> int:
    now = clock.now().timestamp()
    with health.state_store().pipeline() as pipe:
        pipe.zadd(_KEY, {name: now})
        pipe.zremrangebyscore(_KEY, 0, now - _ALIVE)
        pipe.zcard(_KEY)
        return max(int(pipe.execute()[-1]), 1)
