"""What lies around the work of a Celery task."""

import pytest
from celery.fixups.django import DjangoWorkerFixup
from celery.signals import task_prerun
from django.db import connection

from happ_project.celery import app
from happ_project.core import tasks


@pytest.mark.django_db
def test_a_task_leaves_its_connection_to_the_next() -> None:
    connection.ensure_connection()
    known, around = connection.connection, DjangoWorkerFixup(app)

    around.on_task_prerun(sender=tasks.run_job)
    around.on_task_postrun(sender=tasks.run_job)

    assert connection.connection is known
    assert not known.closed


@pytest.mark.django_db
def test_a_task_looks_whether_its_connection_is_still_alive() -> None:
    connection.ensure_connection()
    connection.health_check_done = True

    task_prerun.send(sender=tasks.run_job)

    assert not connection.health_check_done
