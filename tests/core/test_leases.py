"""The keeper of leases: its thread ends when it is told to, and another one starts with the next lease."""

import threading

from happ_project.core import leases
from happ_project.core.jobs import Job
from messengers.models import Delivery


def _threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "job-leases"]


def test_it_rests_at_once_and_begins_again() -> None:
    keeper = leases.Keeper()
    before = len(_threads())
    for _ in range(2):
        with keeper.hold(Delivery(pk=1, claims=1, state=Job.State.RUNNING)):
            assert len(_threads()) == before + 1
        keeper.rest()
        assert len(_threads()) == before
    keeper.rest()
