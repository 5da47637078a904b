"""Asking for what has to be settled with a platform about an address, in the transaction that wants it.

A worker carries it out (`upkeep`). Of accounts whose connection we hold ourselves (Telegram) the session runner settles
all else; what a worker does is to have it start and stop them.
"""

import random
from datetime import timedelta

from happ_project.core import clock, insertion
from messengers.models import Address, AddressTask

What = AddressTask.What
_EVERY = timedelta(hours=23)
_SPREAD = 1800
"""Seconds over which the checks of one round are spread, so that no platform gets them all at once."""


def is_ours(address: Address) -> bool:
    """Whether there is anything to settle: a platform, and one that a worker may call."""
    return bool(address.capabilities.transport == "webhook")


def plan(address: Address, what: str, *, delay: float = 0.0) -> None:
    """Ask for a task, in the caller's transaction. One that waits already is enough."""
    if address.capabilities.transport != ("session" if what == What.SESSION else "webhook"):
        return
    task = AddressTask(
        company_id=address.company_id,
        address=address,
        what=what,
        lane=f"upkeep:{address.pk}",
        queue=AddressTask.default_queue,
        run_at=clock.now() + timedelta(seconds=delay),
    )
    insertion.insert_new([task])


def plan_checks() -> int:
    """Ask for the daily check of every address of the open company that has had none; returns of how many."""
    lately = AddressTask.objects.filter(what=What.CHECK, created_at__gt=clock.now() - _EVERY)
    due = Address.objects.filter(deleted_at=None, receiving=True).exclude(pk__in=lately.values("address_id"))
    planned = 0
    for address in due:
        if is_ours(address):
            plan(address, What.CHECK, delay=random.uniform(0, _SPREAD))  # noqa: S311 - no secret
            planned += 1
    return planned
