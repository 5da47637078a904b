"""The desk's chores."""

from celery import shared_task

from conversations.services import chats, explaining, overdue
from happ_project.companies.models import Company
from happ_project.core import tenancy


@shared_task(name="conversations.hand_over_overdue", ignore_result=True)
def hand_over_overdue() -> None:
    """Call people to the chats whose answers do not come, although nothing of the AI runs."""
    overdue.hand_over_all()


@shared_task(name="conversations.forget_expired", ignore_result=True)
def forget_expired() -> None:
    """Delete what is kept too long: history of integrations that have been off, and what models were told."""
    for company in Company.objects.iterator():
        with tenancy.company_scope(company):
            chats.forget_expired(company)
            explaining.forget_expired(company)
