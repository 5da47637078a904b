"""Showing the customer that somebody writes or has read: best effort, never retried, never waited for."""

import logging

from messengers.errors import MessengerError
from messengers.models import Address
from messengers.services.io import adapter_of

log = logging.getLogger(__name__)


def typing(address: Address, *, chat_ref: str, on: bool) -> None:
    """Show or hide "is writing"."""
    if not address.capabilities.typing:
        return
    try:
        adapter_of(address).signal(chat_ref, "typing", on=on)
    except MessengerError as error:
        log.info("typing was not shown on %s: %s", address.pk, error)
