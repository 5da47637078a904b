"""`manage.py run_sessions`: holds the connections of session accounts until it is told to stop."""

import asyncio
import signal
from typing import Any

from django.core.management.base import BaseCommand

from happ_project.core import health
from messengers.sessions.runner import Runner


class Command(BaseCommand):
    help = "Hold the long-lived connections of session accounts (Telegram). Several runners share them by leases."

    def handle(self, *args: Any, **options: Any) -> None:
        health.start_heartbeat("sessions")
        asyncio.run(_run())


async def _run() -> None:
    runner = Runner()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, runner.stop)
    await runner.run()
