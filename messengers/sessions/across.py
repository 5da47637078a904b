"""What is asked of all companies at once about sessions: whose there are, who holds them, what is due."""

import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.db.models import BinaryField, Exists, OuterRef, Q
from django.db.models.functions import Cast, Now

from happ_project.companies.models import Company
from happ_project.core import clock, tenancy
from happ_project.core.crypto import decrypt, digest
from happ_project.core.jobs import Job
from messengers import registry
from messengers.models import (
    Address,
    Connection,
    Delivery,
    InboundReceipt,
    LoginAttempt,
    MessageChange,
    MessengerAccount,
    PortraitTask,
    SessionLease,
)
from messengers.services import nudges

log = logging.getLogger(__name__)

_AT_ONCE = 200
DRAINED: tuple[type[Job], ...] = (Delivery, MessageChange, InboundReceipt, PortraitTask)
"""The kinds of work that need an account's own connection."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An account to be connected (or, `leaving`, to be logged out); `key` changes with its login."""

    account_id: UUID
    company_id: UUID
    kind: str
    key: str
    leaving: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """A row of work that can be done now; `owner` is its address, or None."""

    label: str
    pk: int
    company_id: UUID
    owner: UUID | None
    lane: str


def session_kinds() -> list[str]:
    return [adapter.kind for adapter in registry.all() if adapter.capabilities.transport == "session"]


def wanted() -> list[Wanted]:
    """The accounts that want a connection: an address of theirs is switched on, or their login is to be given back."""
    kinds = session_kinds()
    with tenancy.all_companies():
        addresses = Address.objects.filter(account=OuterRef("pk"), deleted_at=None, receiving=True)
        found = MessengerAccount.objects.filter(kind__in=kinds, company__status__in=Company.OPEN)
        found = found.exclude(credentials=b"")
        found = found.annotate(is_on=Exists(addresses.exclude(state=Connection.LOGIN_REQUIRED)))
        found = found.filter(Q(deleted_at=None, is_on=True) | Q(deleted_at__isnull=False))
        # as it stands in the table: to decrypt some hundred logins every two seconds would cost more than all else
        found = found.annotate(sealed=Cast("credentials", BinaryField()))
        rows = list(found.values_list("pk", "company_id", "kind", "sealed", "deleted_at"))
    return [
        Wanted(account_id=pk, company_id=company, kind=kind, key=key, leaving=deleted is not None)
        for pk, company, kind, sealed, deleted in rows
        if (key := _key_of(bytes(sealed)))  # one that cannot be read must not hold up the others
    ]


@lru_cache(maxsize=5_000)
def _key_of(sealed: bytes) -> str:
    """The same for the same login, also when it was encrypted anew; "" for one that no key of ours opens."""
    try:
        return digest(json.dumps(json.loads(decrypt(sealed)), sort_keys=True))
    except InvalidToken:
        log.error("the login of a session account cannot be decrypted: is a key missing in HAPP_ENCRYPTION_KEYS?")
        return ""


def free(accounts: Collection[UUID]) -> set[UUID]:
    """Of these accounts those that nobody holds and that may be connected now."""
    with tenancy.all_companies():
        rows = SessionLease.objects.filter(account__in=accounts)
        taken = rows.filter(Q(until__gte=Now()) | Q(retry_at__gt=Now()))
        return set(accounts) - set(taken.values_list("account_id", flat=True))


def unheld() -> list[Wanted]:
    """The accounts that want a connection and have no runner, and are not asked to wait."""
    accounts = {found.account_id: found for found in wanted() if not found.leaving}
    return [accounts[key] for key in free(accounts)]


def renew(holder: str, length: timedelta) -> dict[UUID, int]:
    """Prolong every lease of this holder. Returns those that are still its own, with their fences."""
    with tenancy.all_companies():
        own = SessionLease.objects.filter(holder=holder, until__gte=Now())
        own.update(until=Now() + length)
        return dict(own.values_list("account_id", "fence"))


def due(addresses: Mapping[UUID, Any]) -> list[Due]:
    """The work that waits for these addresses' connections, oldest first; of each lane its head."""
    found: list[Due] = []
    with tenancy.all_companies():
        for model in DRAINED:
            rows = _due_rows(model).filter(address__in=list(addresses))
            values = rows.values_list("pk", "company_id", "address_id", "lane")[:_AT_ONCE]
            found += [Due(model._meta.label, *row) for row in values]
    return found


def due_logins() -> list[Due]:
    """Logins at a step that needs a connection that stays."""
    with tenancy.all_companies():
        rows = _due_rows(LoginAttempt).values_list("pk", "company_id", "lane")[:_AT_ONCE]
        return [Due(LoginAttempt._meta.label, pk, company_id, None, lane) for pk, company_id, lane in rows]


def _due_rows(model: Any) -> Any:
    now = clock.now()
    older = model.objects.filter(lane=OuterRef("lane"), id__lt=OuterRef("id"), state__in=Job.OPEN)
    rows = model.objects.filter(queue=nudges.QUEUE, state__in=Job.OPEN, run_at__lte=now)
    idle = rows.filter(Q(locked_until=None) | Q(locked_until__lte=now))
    return idle.exclude(Exists(older)).order_by("run_at")
