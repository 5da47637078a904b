"""The mind's chores."""

from celery import shared_task

from assistants.services import embedding
from happ_project.companies.models import Company
from happ_project.core import tenancy


@shared_task(name="assistants.refresh_knowledge", ignore_result=True)
def refresh_knowledge() -> None:
    """Queue the documents whose passages lack vectors of the present models; at each start, in the background."""
    for company in Company.objects.iterator():
        with tenancy.company_scope(company):
            embedding.refresh(company.pk)
