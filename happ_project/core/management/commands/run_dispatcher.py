"""`manage.py run_dispatcher`: offers due jobs to the workers until it is told to stop."""

import logging
import signal
import threading
from typing import Any

import redis
from celery import current_app
from django.core.management.base import BaseCommand
from django.db import Error as DatabaseTrouble
from kombu.exceptions import OperationalError

from happ_project.core import health
from happ_project.core.dispatcher import ROUND, Dispatcher

log = logging.getLogger(__name__)

_STANDBY_SECONDS, _TROUBLE_SECONDS = 1.0, 0.5


class Command(BaseCommand):
    help = "Offer due jobs to the workers. One process leads, others stand by."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        health.start_heartbeat("dispatcher")
        dispatcher = Dispatcher(current_app._get_current_object())
        pause, told = 0.0, ""
        while not stop.wait(pause):
            pause, trouble = _round(dispatcher)
            if trouble and trouble != told:
                log.warning(trouble)
            told = trouble


def _round(dispatcher: Dispatcher) -> tuple[float, str]:
    """One round, and the time until the next; returns how long to wait in addition, and what is amiss."""
    try:
        if not dispatcher.lead():
            return _STANDBY_SECONDS, ""
        dispatcher.step()
        dispatcher.wait(ROUND)
    except DatabaseTrouble as error:
        dispatcher.lost_session()
        return _TROUBLE_SECONDS, f"database: {error}"
    except (redis.RedisError, OperationalError, OSError) as error:
        dispatcher.lost_broker()
        return _TROUBLE_SECONDS, f"redis: {error}"
    return 0.0, ""
