"""The desk's daily chores."""

from celery import shared_task

from conversations.services import chats, explaining
from happ_project.companies.models import Company
from happ_project.core import tenancy


@shared_task(name="conversations.forget_expired", ignore_result=True)
def forget_expired() -> None:
    """Delete what is kept too long: history of integrations that have been off, and what models were told."""
    for company in Company.objects.iterator():
        with tenancy.company_scope(company):
            chats.forget_expired(company)
            explaining.forget_expired(company)
