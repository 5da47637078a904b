"""`manage.py check_redis`: whether the Redis server that was given can be used."""

import sys
from typing import Any

import redis
from django.core.management.base import BaseCommand

from happ_project.core import health


class Command(BaseCommand):
    help = "Asks the server of REDIS_URL for an answer. Run at every start with a server of your own."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            health.state_store().ping()
        except (redis.RedisError, OSError) as error:
            told = " ".join(str(error).split())
            sys.exit(f"Redis cannot be used: {told} Check REDIS_URL, and that its server runs and lets us in.")
