"""Hearing what other processes tell the runners; without Redis nothing is heard, and the runners look by themselves."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from messengers.services import nudges

log = logging.getLogger(__name__)

_LONGEST_PAUSE = 10.0


async def listen(hear: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """Pass on every word, for ever."""
    pause = 0.5
    while True:
        store = redis.asyncio.Redis.from_url(settings.REDIS_STATE_URL, socket_connect_timeout=2)
        try:
            async with store.pubsub() as channel:
                await channel.subscribe(nudges.CHANNEL)
                async for message in channel.listen():
                    pause = 0.5
                    if message["type"] == "message":
                        await hear(json.loads(message["data"]))
        except (RedisError, OSError, ValueError) as error:
            log.info("the runner hears nothing: %s", error)
        finally:
            await store.aclose()
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
