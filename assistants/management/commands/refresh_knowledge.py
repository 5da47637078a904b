"""`manage.py refresh_knowledge`: after an update that changed the embedding model, has everything embedded anew."""

from typing import Any

from django.core.management.base import BaseCommand

from assistants.services import embedding
from happ_project.companies.models import Company
from happ_project.core import tenancy


class Command(BaseCommand):
    help = "Queues documents whose passages lack vectors of the present models."

    def handle(self, *args: Any, **options: Any) -> None:
        queued = 0
        for company_id in Company.objects.values_list("pk", flat=True):
            with tenancy.company_scope(company_id):
                queued += embedding.refresh(company_id)
        self.stdout.write(f"{queued} documents get new vectors.")
