"""The Celery application: `celery -A happ_project.celery worker`."""

import logging
import os
import sys
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, task_prerun, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "happ_project.settings")

log = logging.getLogger(__name__)

app = Celery("happ")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Celery would close the database connection before and after each task: a new one costs more than most tasks do
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize
app.autodiscover_tasks(
    [
        "happ_project.core",
        "happ_project.companies",
        "happ_project.files",
        "conversations",
        "messengers",
        "assistants",
        "integrations",
    ]
)
app.conf.beat_schedule = {
    "call people where no answer comes": {"task": "conversations.hand_over_overdue", "schedule": crontab()},
    "forget expired history": {"task": "conversations.forget_expired", "schedule": crontab(minute=17)},
    "forget expired sign-ins": {"task": "companies.forget_expired", "schedule": crontab(minute=53, hour=3)},
    "forget old events": {"task": "integrations.forget_expired", "schedule": crontab(minute=29, hour=4)},
    "forget unused files": {"task": "files.forget_unused", "schedule": crontab(minute=11, hour=4)},
    "forget finished jobs": {"task": "jobs.forget_finished", "schedule": crontab(minute=41)},
    "plan checks of channels": {"task": "messengers.plan_checks", "schedule": crontab(minute=5)},
    # one that waits behind the next is of no use
    # vectors that a spent budget or a refused key kept from being made, once there is money or a key
    "refresh knowledge": {
        "task": "assistants.refresh_knowledge",
        "schedule": crontab(minute=37, hour=4),
        "options": {"queue": "knowledge"},
    },
    "check sessions": {"task": "messengers.check_sessions", "schedule": 20.0, "options": {"expires": 20}},
    "forget old requests of channels": {"task": "messengers.forget_requests", "schedule": crontab(minute=29)},
}


@task_prerun.connect
def _look_at_connections(**kwargs: object) -> None:
    """As at the beginning of a request: one that died while the thread was idle must not cost the job an attempt."""
    from django.db import close_old_connections

    close_old_connections()


@worker_ready.connect
@beat_init.connect
def _beat_for_health(sender: object, **kwargs: object) -> None:
    from happ_project.core import health

    role = os.environ.get("HAPP_ROLE")
    if role:
        health.start_heartbeat(role)


@worker_ready.connect
def _refresh_knowledge(sender: Any, **kwargs: object) -> None:
    """An update may have brought another embedding model: what lacks its vectors gets them, in the background."""
    if "knowledge" in sender.app.amqp.queues.consume_from:
        sender.app.send_task("assistants.refresh_knowledge", queue="knowledge")


@worker_ready.connect
def _take_up_what_was_offered(sender: Any, **kwargs: object) -> None:
    """A worker that starts may follow one that was killed with tasks in its hands."""
    from django.db import DatabaseError, connection

    from happ_project.core import jobs

    try:
        for queue in sender.app.amqp.queues.consume_from:
            jobs.withdraw_offers(queue)
    except DatabaseError as error:
        log.warning("offers were not withdrawn, they lapse by themselves: %s", error)
    finally:
        connection.close()
