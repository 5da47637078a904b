"""Who holds an account's connection: one runner at a time, by a conditional update with a fence."""

from datetime import timedelta

from django.db.models import F, Q

from happ_project.core import clock, tenancy
from messengers import registry
from messengers.models import MessengerAccount, SessionLease

LEASE = timedelta(seconds=15)


def session_kinds() -> list[str]:
    return [adapter.kind for adapter in registry.all() if adapter.capabilities.transport == "session"]


def wanted() -> list[MessengerAccount]:
    """The accounts of session messengers that some address of theirs is switched on for; one of the named places."""
    with tenancy.all_companies():
        found = MessengerAccount.objects.filter(
            kind__in=session_kinds(), deleted_at=None, state="connected", addresses__receiving=True
        )
        return list(found.distinct())


def take(account: MessengerAccount, holder: str) -> int | None:
    """Take or renew the lease of an account. Returns its fence, or None while somebody else holds it."""
    now = clock.now()
    with tenancy.company_scope(account.company_id):
        SessionLease.objects.get_or_create(account=account, defaults={"company_id": account.company_id})
        free = SessionLease.objects.filter(account=account).filter(Q(until__lt=now) | Q(holder=holder))
        if not free.update(holder=holder, until=now + LEASE, fence=F("fence") + 1):
            return None
        return SessionLease.objects.values_list("fence", flat=True).get(account=account)


def drop(account: MessengerAccount, holder: str) -> None:
    with tenancy.company_scope(account.company_id):
        SessionLease.objects.filter(account=account, holder=holder).update(until=clock.now(), holder="")
