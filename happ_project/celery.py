"""The Celery application: `celery -A happ_project.celery worker`."""

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "happ_project.settings")

app = Celery("happ")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["happ_project.core", "conversations", "messengers", "assistants", "integrations"])
app.conf.beat_schedule = {
    "forget expired history": {"task": "conversations.forget_expired", "schedule": crontab(minute=17)},
    "forget finished jobs": {"task": "jobs.forget_finished", "schedule": crontab(minute=41)},
    "forget old requests of channels": {"task": "messengers.forget_requests", "schedule": crontab(minute=29)},
}


@worker_ready.connect
@beat_init.connect
def _beat_for_health(sender: object, **kwargs: object) -> None:
    from happ_project.core import health

    role = os.environ.get("HAPP_ROLE")
    if role:
        health.start_heartbeat(role)
