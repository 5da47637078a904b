"""Showing the customer that somebody writes or has read: best effort, never retried, never waited for."""

import logging

from happ_project.core import realtime
from messengers.adapter import HostedAdapter
from messengers.errors import MessengerError
from messengers.models import Address
from messengers.services.io import adapter_of

log = logging.getLogger(__name__)


def typing(address: Address, *, chat_ref: str, on: bool) -> None:
    """Show or hide "is writing". Messengers that show it for some seconds by themselves are only told the start."""
    if not address.capabilities.typing:
        return
    adapter = adapter_of(address)
    if isinstance(adapter, HostedAdapter):
        realtime.push(realtime.visitor_topic(address.external_id, chat_ref), {"type": "typing", "on": on})
    elif on:
        try:
            adapter.signal(chat_ref, "typing")
        except MessengerError as error:
            log.info("typing was not shown on %s: %s", address.pk, error)
