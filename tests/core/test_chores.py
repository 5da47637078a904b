"""The chores: everything that beat sends lands where a worker takes it up."""

import pytest

from happ_project.celery import app
from happ_project.supervisor import roles

WORKED = {workers.queue for workers in roles.WORKERS}


@pytest.mark.parametrize("chore", sorted(app.conf.beat_schedule))
def test_a_worker_takes_it_up(chore: str) -> None:
    entry = app.conf.beat_schedule[chore]
    app.loader.import_default_modules()

    route = app.amqp.router.route(entry.get("options", {}), entry["task"])

    assert route["queue"].name in WORKED
    assert entry["task"] in app.tasks
