"""Keys for programs: bound to one company, shown once, stored as a digest."""

from datetime import timedelta

from django.db.models import Q

from happ_project.companies.models import AccessToken, Company, User
from happ_project.core import allowance, clock, crypto, ids

PREFIX = "happ_"
_HINT = 10
_NOTED_EVERY = timedelta(minutes=1)


def issue(
    company: Company, *, name: str = "", description: str = "", by: User | None = None
) -> tuple[AccessToken, str]:
    """A new key: its row, and the key itself, which nobody can read again. Raises `allowance.Full`."""
    allowance.check("access_tokens", AccessToken.objects.filter(company=company, revoked_at=None))
    plain = PREFIX + ids.new_token()
    row = AccessToken.objects.create(
        company=company,
        name=name.strip(),
        description=description,
        hint=plain[:_HINT],
        digest=crypto.digest(plain),
        created_by=by,
    )
    return row, plain


def recognise(plain: str) -> AccessToken | None:
    """The live key's row with its company, noting now and then that it is used; None if unknown or revoked."""
    if not plain.startswith(PREFIX):
        return None
    row = (
        AccessToken.objects.select_related("company")
        .filter(digest=crypto.digest(plain), revoked_at__isnull=True)
        .first()
    )
    if row is not None:
        _note_use(row)
    return row


def _note_use(row: AccessToken) -> None:
    now = clock.now()
    if row.last_used_at is None or now - row.last_used_at >= _NOTED_EVERY:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - _NOTED_EVERY)
        AccessToken.objects.filter(stale, pk=row.pk).update(last_used_at=now)


def rename(row: AccessToken, *, name: str, description: str | None = None) -> AccessToken:
    row.name = name.strip()
    row.description = row.description if description is None else description
    row.save(update_fields=["name", "description"])
    return row


def revoke(row: AccessToken) -> None:
    """The key stops working now, and for good; revoking twice changes nothing."""
    AccessToken.objects.filter(pk=row.pk, revoked_at__isnull=True).update(revoked_at=clock.now())
