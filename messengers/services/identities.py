"""Whom an event is about, when the messenger names the chat by an id that says little."""

import logging
from dataclasses import replace

from messengers import registry, types
from messengers.errors import MessengerError
from messengers.models import InboundReceipt
from messengers.services.io import adapter_of

log = logging.getLogger(__name__)


def complete(receipt: InboundReceipt, event: types.Inbound) -> types.Inbound:
    """The event under the chat's lasting id, with the id it came under as an alias, if the messenger can tell.

    Asks over the network, so outside any transaction; WhatsApp does so for a bare lid only.
    """
    if not event.chat_id or registry.get(receipt.kind).is_lasting(event.chat_id):
        return event
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
