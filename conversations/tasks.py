"""The desk's daily chores."""

from celery import shared_task

from conversations.services import chats
from happ_project.companies.models import Company
from happ_project.core import tenancy


@shared_task(name="conversations.forget_expired", ignore_result=True)
def forget_expired() -> None:
    """Delete the history of integrations that have been off longer than their company keeps it."""
    for company in Company.objects.iterator():
        with tenancy.company_scope(company):
            chats.forget_expired(company)
