"""`manage.py run_sessions`: holds the connections of session accounts until it is told to stop."""

import argparse
import asyncio
import signal
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand

from happ_project.core import health
from messengers.sessions import lease
from messengers.sessions.runner import Runner


class Command(BaseCommand):
    help = "Hold the long-lived connections of session accounts (Telegram). Several runners share them by leases."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--lease",
            type=float,
            default=lease.LEASE.total_seconds(),
            help="seconds that an account stays taken after its runner has died",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        health.start_heartbeat("sessions")
        asyncio.run(_run(timedelta(seconds=options["lease"])))


async def _run(length: timedelta) -> None:
    runner = Runner(length=length)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, runner.stop)
    await runner.run()
