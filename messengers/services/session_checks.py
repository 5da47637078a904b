"""Starting, stopping and checking the accounts whose connection a session runner holds: asked from outside the runner.

A lease that is renewed is the runner's sign of life. What is said of an account without one is said while its lease's
row is held, so that a runner that takes it says after that how the account stands.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from happ_project.core import clock, health, jobs, tenancy
from happ_project.core.text import gettext_noop as _
from messengers.models import Address, Connection, SessionLease
from messengers.services import addresses, nudges

PATIENCE = timedelta(seconds=20)
"""Longer than a deploy leaves an account without a runner."""
_LOOK_AGAIN = timedelta(seconds=1)
_NO_RUNNER = _("No session runner is running on this server. What is written meanwhile arrives once one runs again.")
_WAITS = _("It waits for a session runner to connect it.")


def settle(task: Any, address: Address) -> None:
    """The work of a start or a stop: have the runners look at once, and see that the account is as it is switched."""
    nudges.accounts_changed()
    if address.deleted_at is not None or _is_held(address.account_id) == _is_wanted(address):
        return
    if clock.now() - task.created_at < PATIENCE:
        raise jobs.Retry(_LOOK_AGAIN, "no session runner has seen to it yet", counted=False)
    if not _is_wanted(address):
        raise jobs.GiveUp("the session runner has not let go of the account")
    note_unheld(address.account_id)


def note_unheld(account_id: UUID) -> bool:
    """Say of an account that should be connected that it is not, if no runner has held it for a while."""
    company_id = tenancy.current_company_id()
    reason = _WAITS if health.is_alive("sessions") else _NO_RUNNER
    with transaction.atomic():
        SessionLease.objects.get_or_create(account_id=account_id, defaults={"company_id": company_id})
        leases = SessionLease.objects.select_for_update(no_key=True).filter(account_id=account_id)
        free = leases.filter(until__lt=Now() - PATIENCE).exclude(retry_at__gt=Now())
        address = Address.objects.filter(account_id=account_id, deleted_at=None, receiving=True).first()
        if free.first() is None or address is None or not _is_wanted(address):
            return False
        return addresses.set_state(address, Connection.CONNECTING, reason)


def _is_wanted(address: Address) -> bool:
    return address.receiving and address.state != Connection.LOGIN_REQUIRED


def _is_held(account_id: UUID) -> bool:
    """By a runner; one that may not be connected before a time is seen to, as well."""
    known = SessionLease.objects.filter(account_id=account_id)
    return bool(known.filter(Q(until__gte=Now()) | Q(retry_at__gt=Now())).exists())
