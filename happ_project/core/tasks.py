"""The Celery task that works jobs, and the chore that tidies them."""

from uuid import UUID

from celery import shared_task

from happ_project.core import jobs


@shared_task(name="jobs.run", ignore_result=True)
def run_job(label: str, pk: int, company_id: str | None) -> None:
    """Work the offered row of the model `label` (see `core/jobs.py`)."""
    jobs.run(label, pk, UUID(company_id) if company_id else None)


@shared_task(name="jobs.run_all", ignore_result=True)
def run_jobs(label: str, rows: list[tuple[int, str | None]]) -> None:
    """Work several offered rows, one after another; those that a death leaves are offered again."""
    for pk, company_id in rows:
        jobs.run(label, pk, UUID(company_id) if company_id else None)


@shared_task(name="jobs.forget_finished", ignore_result=True)
def forget_finished() -> None:
    """Delete finished rows that nobody will ask about again."""
    jobs.forget_finished()
