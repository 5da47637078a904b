"""What a custom channel sends along with a customer's message and wants back with the answers."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from messengers.models import Address, ChatMetadata


def remember(address: Address, chat_ref: str, data: dict[str, Any]) -> None:
    """The latest counts, whole: nothing of an earlier one is mixed in."""
    ChatMetadata.objects.update_or_create(
        address=address, chat_ref=chat_ref, defaults={"data": data, "company_id": address.company_id}
    )


def recall(address: Address, chat_ref: str) -> dict[str, Any] | None:
    """None if none ever came."""
    return ChatMetadata.objects.filter(address=address, chat_ref=chat_ref).values_list("data", flat=True).first()


def forget(address_id: UUID, chat_refs: Sequence[str]) -> None:
    ChatMetadata.objects.filter(address_id=address_id, chat_ref__in=list(chat_refs)).delete()
