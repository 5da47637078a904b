"""A custom channel's other side: where answers go, what signs the requests, and a message to try it with."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from happ_project.core import ids
from happ_project.core.formatted import Formatted
from messengers.models import Address, Connection
from messengers.services import addresses, outbox


class Unacceptable(Exception):
    """It cannot be so; `field` is "endpoint" or "secret", the text says why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def is_custom(address: Address) -> bool:
    """Whether the company itself runs the other side."""
    return bool(address.capabilities.request_log)


def inbound_url(address: Address) -> str:
    """Where the company posts its customers' messages to."""
    return str(settings.PUBLIC_URL) + reverse("messengers:channel-webhook", args=[address.external_id])


def has_secret(address: Address) -> bool:
    return bool(address.credentials.get("secrets"))


@transaction.atomic
def change(address: Address, *, endpoint: str, secret: str | None) -> None:
    """`secret`: None keeps it, "" does without; the one before goes on being accepted until the next change."""
    wrong_endpoint, wrong_secret = address.adapter_class.problem_with(endpoint, secret or "")
    if wrong_endpoint:
        raise Unacceptable("endpoint", _(wrong_endpoint))
    if wrong_secret:
        raise Unacceptable("secret", _(wrong_secret))
    address = Address.objects.select_for_update().get(pk=address.pk)
    address.config = {**address.config, "endpoint": endpoint}
    if secret is not None:
        known: list[Any] = address.credentials.get("secrets") or []
        address.credentials = {**address.credentials, "secrets": [secret, *known][:2] if secret else []}
    address.save(update_fields=["config", "credentials"])
    addresses.set_state(address, Connection.CONNECTED)


def send_test(address: Address) -> None:
    """Send a message that is nobody's to the endpoint; how it went stands in the log of requests."""
    content = outbox.Content(said=Formatted("test"), author="human")
    outbox.enqueue(address, chat_ref=address.capabilities.test_receiver, message_ref=ids.new_id(), content=content)
