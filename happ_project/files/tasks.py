"""The store's daily chore."""

from celery import shared_task

from happ_project.companies.models import Company
from happ_project.core import tenancy
from happ_project.files import services as files


@shared_task(name="files.forget_unused", ignore_result=True)
def forget_unused() -> None:
    """Delete the files that belong to nothing any more: their chats were deleted, or nobody ever sent them."""
    for company in Company.objects.iterator():
        with tenancy.company_scope(company):
            files.forget_unused()
