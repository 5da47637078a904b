"""Whom an event is about, when the messenger names the chat by an id that says little."""

import logging
from dataclasses import replace

from django.core.cache import cache

from messengers import registry, types
from messengers.adapter import Adapter
from messengers.errors import MessengerError
from messengers.models import InboundReceipt
from messengers.services.io import adapter_of

log = logging.getLogger(__name__)

_NAME_KEPT = 7 * 24 * 3600
_REFUSAL_KEPT = 600


def complete(receipt: InboundReceipt, event: types.Inbound) -> types.Inbound:
    """The event under the chat's lasting id, with the id it came under as an alias, if the messenger can tell.

    Asks over the network, so outside any transaction; WhatsApp does so for a bare lid only.
    """
    if not event.chat_id or registry.get(receipt.kind).is_lasting(event.chat_id):
        return _named(receipt, event)
    address = receipt.address
    assert address is not None, "only what belongs to nobody has none, and it cannot be read"
    try:
        known = adapter_of(address).identify(event.chat_id)
    except MessengerError as error:
        log.info("%s could not be asked who writes: %s", address.pk, error)
        return event
    if known is None:
        return event
    if isinstance(event, types.MessageReceived):
        sender = replace(event.sender, id=known.id, phone=known.phone, aliases=known.aliases)
        return replace(event, chat_id=known.id, sender=sender)
    return replace(event, chat_id=known.id)


def _named(receipt: InboundReceipt, event: types.Inbound) -> types.Inbound:
    """The event with the person's name, from messengers that tell it only when asked."""
    unnamed = isinstance(event, types.MessageReceived) and not (event.from_us or event.is_group or event.sender.name)
    if not unnamed or registry.get(receipt.kind).profile is Adapter.profile:
        return event
    assert isinstance(event, types.MessageReceived)
    person = _profile(receipt, event.sender.id)
    return replace(event, sender=replace(event.sender, name=person[0], username=person[1]))


def _profile(receipt: InboundReceipt, person_id: str) -> tuple[str, str]:
    """Name and username. Asked once a week, after a refusal soon again; a message never waits for it for long."""
    key = f"profile:{receipt.address_id}:{person_id}"
    known = cache.get(key)
    if known is not None:
        return known[0], known[1]
    found = None
    try:
        found = adapter_of(receipt.address).profile(person_id)  # type: ignore[arg-type]
    except MessengerError as error:
        log.info("%s could not be asked for a name: %s", receipt.address_id, error)
    person = (found.name, found.username) if found is not None else ("", "")
    cache.set(key, person, timeout=_NAME_KEPT if any(person) else _REFUSAL_KEPT)
    return person
