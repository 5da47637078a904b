"""What staff can do with an account as a whole."""

from datetime import timedelta

from django.db import transaction

from happ_project.core import clock
from messengers.models import Address, Connection, MessengerAccount, SessionLease
from messengers.services import addresses

_LET_GO = timedelta(seconds=12)
"""Longer than a session runner's look-round: it sees that the lease is not its own any more and disconnects."""


@transaction.atomic
def restart(account: MessengerAccount) -> None:
    """Try again now: what waits goes out, and a session is disconnected and connected anew. Call inside its scope."""
    MessengerAccount.objects.filter(pk=account.pk).exclude(state=Connection.LOGIN_REQUIRED).update(
        state=Connection.CONNECTED
    )
    for address in Address.objects.filter(account=account, deleted_at=None).exclude(state=Connection.LOGIN_REQUIRED):
        addresses.set_state(address, addresses.state_with_a_login(address))
        addresses.wake_deliveries(address)
    SessionLease.objects.filter(account=account).update(holder="restart", until=clock.now() + _LET_GO, retry_at=None)
