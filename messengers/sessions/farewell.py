"""Giving back the login of an account that was removed, and forgetting what we knew of it."""

import logging
from datetime import timedelta

from django.db import transaction

from happ_project.core import clock, tenancy
from messengers import registry
from messengers.errors import MessengerError
from messengers.models import MessengerAccount, SessionLease, SessionPeer, SessionState
from messengers.services import io as at_work
from messengers.sessions import lease
from messengers.sessions.across import Wanted

log = logging.getLogger(__name__)

_AGAIN = 120.0
_GIVEN_UP_AFTER = timedelta(days=3)


def say(wanted: Wanted, holder: str) -> None:
    """Log out at the messenger while holding the account's lease; tried again for days if it cannot be reached."""
    with tenancy.company_scope(wanted.company_id):
        account = MessengerAccount.objects.get(pk=wanted.account_id)
        adapter = registry.open(
            account.kind,
            account=account.credentials,
            address={"external_id": account.external_id},
            io=at_work.HappIO(),
        )
        try:
            adapter.logout()
        except MessengerError as error:
            log.info("account %s could not be logged out: %s", account.pk, error)
            if account.deleted_at and clock.now() - account.deleted_at < _GIVEN_UP_AFTER:
                lease.drop(account.pk, wanted.company_id, holder, wait=_AGAIN)
                return
        _forget(account)


@transaction.atomic
def _forget(account: MessengerAccount) -> None:
    account.credentials = {}
    account.save(update_fields=["credentials"])
    SessionState.objects.filter(account=account).delete()
    SessionPeer.objects.filter(account=account).delete()
    SessionLease.objects.filter(account=account).delete()
