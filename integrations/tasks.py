"""The switchboard's daily chore."""

from celery import shared_task

from happ_project.companies.models import Company
from happ_project.core import tenancy
from integrations.services import event_log


@shared_task(name="integrations.forget_expired", ignore_result=True)
def forget_expired() -> None:
    """Delete the events that are older than the operator keeps them."""
    for company in Company.objects.iterator():
        with tenancy.company_scope(company):
            event_log.forget_expired()
