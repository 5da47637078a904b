"""The post office's chores."""

from celery import shared_task

from happ_project.companies.models import Company
from happ_project.core import tenancy
from messengers.services import errands, request_log, session_checks
from messengers.sessions import across


@shared_task(name="messengers.forget_requests", ignore_result=True)
def forget_requests() -> None:
    """Delete what is old in the logs of the channels' requests."""
    for company in Company.objects.iterator():
        with tenancy.company_scope(company):
            request_log.forget_old()


@shared_task(name="messengers.plan_checks", ignore_result=True)
def plan_checks() -> None:
    """Have each connected address looked at once a day: token renewed, subscription repaired, state noted."""
    for company in Company.objects.iterator():
        if company.is_open:
            with tenancy.company_scope(company):
                errands.plan_checks()


@shared_task(name="messengers.check_sessions", ignore_result=True)
def check_sessions() -> None:
    """Say of each session account that no runner holds that it is not connected: nobody else would."""
    for wanted in across.unheld():
        with tenancy.company_scope(wanted.company_id):
            session_checks.note_unheld(wanted.account_id)
