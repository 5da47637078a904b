"""`manage.py seed_demo`: makes the demo company, once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from happ_project.demo import seed


class Command(BaseCommand):
    help = "Make the demo company, its widget and its assistant, if they are not there."

    def handle(self, *args: Any, **options: Any) -> None:
        password = settings.ENV.happ_demo_password
        if not password:
            raise CommandError("Set HAPP_DEMO_PASSWORD: the password with which the demo user shall sign in.")
        company = seed.seed(password)
        seed.learn(company)
        self.stdout.write(f"demo company: {company.name}")
