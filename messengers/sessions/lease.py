"""Who holds an account's connection: one runner at a time, by a conditional update with a fence.

All times are the database's, because runners on several machines have several clocks.
"""

from datetime import timedelta
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Now

from happ_project.core import tenancy
from messengers.models import SessionLease

LEASE = timedelta(seconds=15)
MARGIN = 0.25
"""Of a lease's length: a connection is cut so much before its lease ends, if it could not be renewed."""


def take(account_id: UUID, company_id: UUID, holder: str, length: timedelta = LEASE) -> int | None:
    """Take the lease of an account that nobody holds. Returns its fence, or None."""
    with tenancy.company_scope(company_id):
        SessionLease.objects.get_or_create(account_id=account_id, defaults={"company_id": company_id})
        free = SessionLease.objects.filter(account_id=account_id, until__lt=Now())
        free = free.filter(Q(retry_at=None) | Q(retry_at__lte=Now()))
        if not free.update(holder=holder, until=Now() + length, fence=F("fence") + 1, retry_at=None):
            return None
        return SessionLease.objects.filter(account_id=account_id, holder=holder).values_list("fence", flat=True).first()


def is_ours(account_id: UUID, fence: int) -> bool:
    """Whether nobody has taken the account since; call inside its company's scope."""
    return SessionLease.objects.filter(account_id=account_id, fence=fence).exists()


def drop(account_id: UUID, company_id: UUID, holder: str, *, wait: float = 0.0) -> None:
    """Let go, after disconnecting. `wait`: seconds in which nobody may connect the account, kept across restarts."""
    with tenancy.company_scope(company_id):
        own = SessionLease.objects.filter(account_id=account_id, holder=holder)
        retry_at = Now() + timedelta(seconds=wait) if wait else None
        own.update(holder="", until=Now() - timedelta(milliseconds=1), retry_at=retry_at)
