"""When a platform tells that a person took their permission back, or wants their data deleted."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_noop as _

from happ_project.core import ids, tenancy
from messengers.models import Address, Connection, DeletionRequest, LoginAttempt, MessengerAccount
from messengers.services import addresses


def deauthorize(kinds: Iterable[str], user_id: str) -> int:
    """Everything that hangs on this person's logins needs a new one; the history stays. Returns how many logins."""
    return _end(kinds, user_id, forget=False)


@transaction.atomic
def delete_data(kinds: Iterable[str], user_id: str) -> DeletionRequest:
    """The same, and forget all that we hold of this person at this app: name, ids, access, logins half-way.

    What customers wrote belongs to the company and goes with its retention. The request itself is kept without a word
    about the person, so that the page with its state can be shown.
    """
    request = DeletionRequest.objects.create(code=ids.new_code(20), kind=next(iter(kinds), ""))
    request.logins = _end(kinds, user_id, forget=True)
    request.save(update_fields=["logins"])
    return request


def _end(kinds: Iterable[str], user_id: str, *, forget: bool) -> int:
    found = list(_logins_of(kinds, user_id))
    for account in found:
        with tenancy.company_scope(account.company_id), transaction.atomic():
            _end_login(account, forget=forget)
    return len(found)


def _logins_of(kinds: Iterable[str], user_id: str) -> list[MessengerAccount]:
    """By any of the ids under which the platform knows the person; they may have logged in for several companies."""
    if not user_id:
        return []
    with tenancy.all_companies():
        known = MessengerAccount.objects.filter(kind__in=list(kinds), config__user_ids__contains=[user_id])
        return list(known.order_by("pk"))


def _end_login(account: MessengerAccount, *, forget: bool) -> None:
    reason = _("The permission was taken back at the messenger. Connect the channel again.")
    for address in Address.objects.filter(account=account, deleted_at=None):
        address.credentials = {}
        address.save(update_fields=["credentials"])
        addresses.set_state(address, Connection.LOGIN_REQUIRED, reason)
    account.credentials, account.state = {}, Connection.LOGIN_REQUIRED
    if forget:
        account.title, account.config = "", {}
        account.external_id = f"deleted-{account.pk}"
        Address.objects.filter(account=account, deleted_at__isnull=False).update(credentials={})
        LoginAttempt.objects.filter(account=account).delete()
    account.save(update_fields=["credentials", "state", "title", "config", "external_id"])


def find(code: str) -> DeletionRequest | None:
    return DeletionRequest.objects.filter(code=code).first()
