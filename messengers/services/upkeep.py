"""What is settled with the platforms about an address besides messages: delivery to us, health, saying good-bye.

It is asked for with `errands.plan`; here is the work.
"""

import logging
from datetime import timedelta
from typing import Any

from django.db import models, transaction

from happ_project.core import clock, jobs, tenancy
from messengers import types
from messengers.adapter import Adapter
from messengers.errors import LoginRequired, MessengerError, Restricted, TryLater
from messengers.models import Address, AddressTask, Connection, MessengerAccount
from messengers.services import addresses, session_checks
from messengers.services.io import adapter_of

log = logging.getLogger(__name__)

What = AddressTask.What


def carry_out(task: Any) -> None:
    """The work of a task."""
    address = Address.objects.select_related("account").get(pk=task.address_id)
    if task.what == What.SESSION:
        session_checks.settle(task, address)
    elif task.what == What.FAREWELL:
        _say_goodbye(address)
    elif address.deleted_at is None:
        _attempt(task, address)


def _attempt(task: Any, address: Address) -> None:
    try:
        if task.what == What.ACTIVATE:
            activate(address)
        if task.what == What.CHECK or address.state != Connection.CONNECTED:
            check(address)
    except Restricted as error:
        addresses.set_state(address, Connection.RESTRICTED, str(error))
    except TryLater as error:
        delay = timedelta(seconds=error.retry_after) if error.retry_after else jobs.backoff(task.attempts)
        raise jobs.Retry(delay, str(error)) from error
    except LoginRequired as error:
        addresses.note_dead_login(address, str(error))
    except MessengerError as error:
        raise jobs.GiveUp(str(error)) from error


def give_up(task: Any) -> None:
    """A check that fails for days says nothing about the login; what could not be switched on is disconnected."""
    if task.what == What.ACTIVATE and task.address.deleted_at is None:
        addresses.set_state(task.address, Connection.DISCONNECTED, task.last_error)
    if task.what == What.FAREWELL:
        forget_credentials(task.address)


def activate(address: Address) -> None:
    """Have the platform deliver to us, and keep the credentials that it gives for that."""
    _keep(address, adapter_of(address).activate(addresses.webhook_url(address.kind, address.webhook_token)))


def check(address: Address) -> types.Health:
    """Renew what ages, look how the address stands, repair what can be repaired, and note it. Raises MessengerError."""
    adapter = adapter_of(address)
    if fresh := adapter.renew():
        _keep(address, fresh)
        adapter = adapter_of(address)
    health = adapter.check()
    if health.state == "disconnected" and address.receiving:
        activate(address)
        log.info("%s %s was disconnected by the platform and is delivered again", address.kind, address.pk)
        health = adapter_of(address).check()
    addresses.set_state(address, health.state, health.detail)
    return health


def _keep(address: Address, credentials: dict[str, Any]) -> None:
    """New credentials beside the ones that stay; read anew, because a login may have brought others meanwhile."""
    if not credentials:
        return
    with transaction.atomic():
        known = Address.objects.select_for_update(no_key=True).get(pk=address.pk).credentials
        address.credentials = {**known, **credentials}
        address.save(update_fields=["credentials"])


def _say_goodbye(address: Address) -> None:
    """Best effort: what the platform does not let us give back, its owner takes away there."""
    adapter = adapter_of(address)
    try:
        _give_back(address, adapter)
    except TryLater as error:
        raise jobs.Retry(timedelta(minutes=1), str(error)) from error
    except MessengerError as error:
        log.info("%s %s could not be given back: %s", address.kind, address.pk, error)
    forget_credentials(address)


def _give_back(address: Address, adapter: Adapter) -> None:
    if _is_connected_again(address):
        return
    others = Address.objects.filter(account_id=address.account_id, deleted_at=None)
    if not others.exists():
        adapter.logout()
    if not _is_shared(address):
        adapter.deactivate()


def _is_connected_again(address: Address) -> bool:
    """Somebody has connected the same page or number since, perhaps another company: it is theirs now."""
    with tenancy.all_companies():
        same = Address.objects.filter(kind=address.kind, external_id=address.external_id, deleted_at=None)
        return bool(same.exists())


def _is_shared(address: Address) -> bool:
    """Whether another live address lives on the same subscription at the platform."""
    subscription = address.config.get("subscription")
    if not subscription:
        return False
    with tenancy.all_companies():
        return bool(Address.objects.filter(config__subscription=subscription, deleted_at=None).exists())


def forget_credentials(address: Address) -> None:
    """Of an address out of use, and of its account when that was its last one."""
    Address.objects.filter(pk=address.pk, deleted_at__isnull=False).update(credentials={})
    unused = ~models.Exists(Address.objects.filter(account=models.OuterRef("pk"), deleted_at=None))
    accounts = MessengerAccount.objects.filter(unused, pk=address.account_id, deleted_at=None)
    accounts.update(credentials={}, deleted_at=clock.now())
