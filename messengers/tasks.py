"""The post office's daily chores."""

from celery import shared_task

from happ_project.companies.models import Company
from happ_project.core import tenancy
from messengers.services import request_log


@shared_task(name="messengers.forget_requests", ignore_result=True)
def forget_requests() -> None:
    """Delete what is old in the logs of the channels' requests."""
    for company in Company.objects.iterator():
        with tenancy.company_scope(company):
            request_log.forget_old()
