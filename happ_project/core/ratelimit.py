"""Token buckets in Redis: how often somebody may do something, counted across all processes.

Redis is no truth about anything here: when it is away, everything is let through, with a line in the log.
"""

import logging

import redis

from happ_project.core import clock, health

log = logging.getLogger(__name__)

# KEYS[1] bucket; ARGV rate, burst, now, cost. Answers the seconds to wait, as text: 0 when the tokens were taken.
_TAKE = """
local rate, burst, now, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(kept[1]) or burst, tonumber(kept[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
local wait = 0
if tokens >= cost then tokens = tokens - cost else wait = (cost - tokens) / rate end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(math.max(now, at)))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000) + 1000)
return tostring(wait)
"""


def wait(key: str, *, limit: int, seconds: float, cost: int = 1) -> float:
    """Take a token from the bucket `key`, which holds `limit` and fills within `seconds`.

    Returns 0.0 if it could be taken, else the seconds until it can.
    """
    try:
        answer = health.state_store().eval(
            _TAKE, 1, f"limit:{key}", limit / seconds, limit, f"{clock.now().timestamp():.3f}", cost
        )
    except redis.RedisError as error:
        log.warning("rate limit of %s not counted: %s", key.partition(":")[0], error)
        return 0.0
    return float(answer)


def allow(key: str, *, limit: int, seconds: float) -> bool:
    """Whether this one may still happen, counting it if so."""
    return wait(key, limit=limit, seconds=seconds) == 0.0
