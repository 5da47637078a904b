"""Accounts and addresses: connecting, switching on and off, and how they stand."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext_noop as _

from happ_project.core import clock, events, ids, jobs, tenancy
from messengers import registry
from messengers.errors import Rejected
from messengers.events import AccountStateChanged, AddressConnected
from messengers.models import (
    Address,
    Connection,
    Delivery,
    LoginAttempt,
    MessengerAccount,
    SessionLease,
    SessionState,
)
from messengers.services import errands
from messengers.types import AddressGrant, Done, KnownAddress

_WORTH_SHOWING = 60
"""Seconds of waiting that people are told of."""
_OF_A_LOGIN = (
    "account", "title", "credentials", "config", "state", "state_detail", "state_since", "webhook_token",
    "last_called_at",
)  # fmt: skip


@transaction.atomic
def adopt(
    *, company_id: UUID, kind: str, done: Done, webhook_token: str = "", called_at: datetime | None = None
) -> list[Address]:
    """Store what a login brought. A known account or address of this company keeps its rows and history.

    `called_at`: when the webhook of `webhook_token` was called while the login went on.

    Raises `Rejected("taken")` when an address already belongs to somebody else.
    """
    account = _adopt_account(company_id, kind, done)
    addresses = []
    for grant in done.addresses:
        address, is_new = _hold(grant, kind=grant.kind or kind, account=account)
        was = address.state
        address.account, address.title = account, grant.name or address.title or grant.external_id
        address.credentials = {**address.credentials, **grant.credentials}
        address.config = {**address.config, **grant.config}
        address.state, address.state_detail = state_with_a_login(address), ""
        address.state_since = clock.now() if address.state != was else address.state_since
        if webhook_token and len(done.addresses) == 1 and (is_new or not grant.keeps_webhook):
            address.webhook_token, address.last_called_at = webhook_token, called_at or address.last_called_at
        address.save(update_fields=_OF_A_LOGIN)
        addresses.append(address)
        wake_deliveries(address)
        events.publish(AddressConnected(company_id=company_id, address_id=address.pk))
        if not is_new and address.state != was:
            events.publish(AccountStateChanged(company_id=company_id, address_id=address.pk, state=address.state))
    if registry.get(kind).capabilities.transport == "session":
        SessionLease.objects.filter(account=account).update(retry_at=None)  # it was the old login that had to wait
        for address in addresses:
            errands.plan(address, errands.What.SESSION)
    return addresses


def state_with_a_login(address: Address) -> Connection:
    """A session is connected once its runner says so, which it does after it has brought what was missed."""
    is_awaited = address.capabilities.transport == "session" and address.receiving
    return Connection.CONNECTING if is_awaited else Connection.CONNECTED


def _adopt_account(company_id: UUID, kind: str, done: Done) -> MessengerAccount:
    kind = done.account.kind or kind
    account, _created = MessengerAccount.objects.get_or_create(
        company_id=company_id, kind=kind, external_id=done.account.external_id, deleted_at=None
    )
    account.title = done.account.name or account.title
    account.credentials = {**account.credentials, **done.account.credentials}
    account.config = {**account.config, **done.account.config}
    account.state = Connection.CONNECTED
    account.save()
    return account


def _hold(grant: AddressGrant, *, kind: str, account: MessengerAccount) -> tuple[Address, bool]:
    """The granted address's row, held until the transaction ends (two logins may bring it at once), and whether it is
    new. Raises `Rejected("taken")`.
    """
    with tenancy.all_companies():
        address, is_new = Address.objects.select_for_update(no_key=True).get_or_create(
            kind=kind,
            external_id=grant.external_id,
            deleted_at=None,
            defaults={"company_id": account.company_id, "account": account},
        )
    if address.company_id != account.company_id:
        name = grant.name or grant.external_id
        raise Rejected("taken", f"{_('This is already connected to another company')}: {name}")
    return address, is_new


def known(kind: str, external_id: str, *, company_id: UUID) -> KnownAddress | None:
    """What a login must know of an address before it touches it at the platform; None if there is none yet."""
    with tenancy.all_companies():
        found = Address.objects.filter(kind=kind, external_id=external_id, deleted_at=None).first()
    if found is None:
        return None
    if found.company_id != company_id:
        return KnownAddress(elsewhere=True)
    return KnownAddress(elsewhere=False, webhook_url=webhook_url(kind, found.webhook_token))


def webhook_url(kind: str, token: str) -> str:
    """Where the platform shall post to: an address of its own, or one for all of the platform's app."""
    if registry.get(kind).capabilities.webhook_scope == "app":
        return str(settings.PUBLIC_URL) + reverse("messengers:app-webhook", args=[kind])
    return str(settings.PUBLIC_URL) + reverse("messengers:webhook", args=[kind, token])


def return_url() -> str:
    """Where a platform sends people back to after a visit; it is registered there, letter by letter."""
    return str(settings.PUBLIC_URL) + reverse("visits:return")


def note_login_call(kind: str, token: str) -> bool:
    """A messenger calls the webhook of an address whose login is not done yet; False if nobody waits for it."""
    with tenancy.all_companies():
        waiting = LoginAttempt.objects.filter(kind=kind, webhook_token=token, status=LoginAttempt.Status.ACTIVE)
        return bool(waiting.filter(expires_at__gt=clock.now()).update(called_at=clock.now()))


@transaction.atomic
def create_hosted(*, company_id: UUID, kind: str, title: str, config: dict[str, Any] | None = None) -> Address:
    """Make an address of a messenger that we host ourselves (widget, api, playground): no login is needed."""
    account, _created = MessengerAccount.objects.get_or_create(
        company_id=company_id, kind=kind, external_id=f"hosted-{company_id}", deleted_at=None, defaults={"title": title}
    )
    address = Address.objects.create(
        company_id=company_id,
        account=account,
        kind=kind,
        external_id=f"{_PREFIX.get(kind, kind)}_{ids.new_code()}",
        title=title,
        config=config or {},
    )
    events.publish(AddressConnected(company_id=company_id, address_id=address.pk))
    return address


_PREFIX = {"widget": "wgt", "custom": "cm", "playground": "play"}


@transaction.atomic
def set_receiving(address: Address, receiving: bool) -> None:
    """Off: what arrives is answered, counted and dropped. A session forgets how far it had read: it begins anew."""
    address.receiving = receiving
    address.save(update_fields=["receiving"])
    if address.capabilities.transport == "session":
        _switch_session(address)
    if receiving:
        errands.plan(address, errands.What.ACTIVATE)


def _switch_session(address: Address) -> None:
    """Have it connected or let go of. Which of the two it waits for is seen until a runner says that it stands."""
    if address.receiving and address.state != Connection.LOGIN_REQUIRED:
        set_state(address, state_with_a_login(address))
    elif not address.receiving:
        SessionState.objects.filter(account_id=address.account_id).update(state={})
        if address.state == Connection.CONNECTING:
            set_state(address, Connection.DISCONNECTED)
    errands.plan(address, errands.What.SESSION)


def count_dropped(address: Address) -> None:
    Address.objects.filter(pk=address.pk).update(dropped=models.F("dropped") + 1)


@transaction.atomic
def set_state(address: Address, state: str, detail: str = "") -> bool:
    """Note how the connection stands; publishes the news if it changed. Returns whether it did."""
    rows = Address.objects.filter(pk=address.pk)
    # as it stands, not as the caller read it: somebody else may have told of the same change, or of another one
    was = rows.select_for_update(no_key=True).values_list("state", "state_detail").first()
    address.state, address.state_detail = state, detail
    if was is None or was == (state, detail):
        return False
    since = {"state_since": clock.now()} if was[0] != state else {}
    rows.update(state=state, state_detail=detail, **since)
    if state == Connection.CONNECTED:
        wake_deliveries(address)
    if was[0] != state:
        events.publish(
            AccountStateChanged(company_id=address.company_id, address_id=address.pk, state=state, detail=detail)
        )
    return True


@transaction.atomic
def note_dead_login(address: Address, reason: str) -> bool:
    """The messenger refuses the login that `address` was read with. False: another was stored since, and is in use.

    Who stores a login holds the address's row, so what is written in the caller's transaction is seen by it, or this
    sees the new login.
    """
    now = Address.objects.select_for_update().get(pk=address.pk)
    if _login_of(now) != _login_of(address):
        return False
    set_state(address, Connection.LOGIN_REQUIRED, reason)
    return True


def _login_of(address: Address) -> tuple[Any, ...]:
    return address.account.credentials, address.credentials, address.config


@transaction.atomic
def limit(address: Address, seconds: float) -> None:
    """The messenger asked us to wait: nothing is sent before, and people see until when."""
    until = clock.now() + timedelta(seconds=seconds)
    rows = Address.objects.filter(pk=address.pk)
    rows.filter(next_send_at__lt=until).update(next_send_at=until)
    if seconds >= _WORTH_SHOWING and rows.exclude(limited_until__gte=until).update(limited_until=until):
        address.limited_until = until
        events.publish(
            AccountStateChanged(
                company_id=address.company_id, address_id=address.pk, state=address.state, detail=address.state_detail
            )
        )


def wake_deliveries(address: Address) -> None:
    """What waited for the connection goes out now."""
    Delivery.objects.filter(address=address, state=jobs.Job.State.WAITING).update(run_at=clock.now(), slot_at=None)


@transaction.atomic
def update_config(address: Address, *, title: str, config: dict[str, Any]) -> None:
    """Change some settings; the others stay as they are by now, because a login may just have brought them."""
    present = Address.objects.select_for_update(no_key=True).get(pk=address.pk)
    address.title, address.config = title, {**present.config, **config}
    address.save(update_fields=["title", "config"])


@transaction.atomic
def remove(address: Address) -> None:
    """Take the address out of use for good; what it received stays until its company's retention passes."""
    address.deleted_at, address.receiving = clock.now(), False
    if errands.is_ours(address):
        errands.plan(address, errands.What.FAREWELL)  # forgets the credentials, which it needs for that
    else:
        address.credentials = {}
    address.save(update_fields=["deleted_at", "receiving", "credentials"])
    if address.capabilities.transport == "session" and not address.account.addresses.filter(deleted_at=None).exists():
        # its login is given back by the session runner, which alone may connect it
        MessengerAccount.objects.filter(pk=address.account_id).update(deleted_at=clock.now())
        errands.plan(address, errands.What.SESSION)


def offered() -> list[Any]:
    """The messengers that "Add integration" shows."""
    return [adapter for adapter in registry.all() if not adapter.capabilities.hidden]
