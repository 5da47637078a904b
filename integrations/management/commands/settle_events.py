"""`manage.py settle_events`: has the event feed show what came with a dump of another cluster."""

from typing import Any

from django.core.management.base import BaseCommand

from integrations.services import event_log


class Command(BaseCommand):
    help = "Puts the events of another database cluster before everything that this one writes. Run at every start."

    def handle(self, *args: Any, **options: Any) -> None:
        moved = event_log.settle()
        if moved:
            self.stdout.write(f"{moved} events came from another database: they stand before the new ones now.")
