"""What customers look like: their picture at the messenger, looked for rarely and shown beside the chat's name."""

from datetime import timedelta

from conversations.models import Chat
from conversations.services import identity, records
from happ_project.core import clock, prepared
from messengers.events import PortraitFetched
from messengers.services import portraits
from messengers.types import Contact

_GOOD_FOR = timedelta(days=30)


def look_for(chat: Chat, person: Contact) -> None:
    """Have the customer's picture fetched if nobody has looked for a month. Call with the chat locked."""
    address, now = chat.integration.address, clock.now()
    asked_at = chat.picture_asked_at
    if not address.capabilities.portraits or (asked_at is not None and now - asked_at < _GOOD_FOR):
        return
    chat.picture_asked_at = now
    prepared.update(chat, "picture_asked_at")
    portraits.plan(address, chat_ref=chat.external_id, avatar_ref=person.avatar_ref)


def hang(event: PortraitFetched) -> None:
    """Show the picture that was found, or that there is none any more. A chat deleted meanwhile has none."""
    chat = identity.find(event.address_id, event.chat_ref)
    if chat is None or chat.picture_id == event.file_id:
        return
    chat.picture_id = event.file_id
    prepared.update(chat, "picture_id")
    records.chat_updated(chat)
