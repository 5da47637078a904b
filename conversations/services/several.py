"""Several files sent at once: one album where the messenger has albums, else one message after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from conversations.models import Chat, Message
from conversations.services import carriage, chats, commands, inbound, outbound
from happ_project.core import ids
from happ_project.core.formatted import NOTHING, Formatted
from happ_project.files.models import StoredFile

MOST = 10


@transaction.atomic
def send(
    chat: Chat,
    *,
    files: Sequence[StoredFile],
    text: str = "",
    said: Formatted | None = None,
    client_key: str = "",
    **what: Any,
) -> list[Message]:
    """One message for each file, all or none, in this order. Empty: the text was a `/bot` and was obeyed.

    The text goes with the first file if it can, and else after the last one. `what` is that of `outbound.say`; the same
    `client_key` sends once. Raises `NotSendable`, which names the file that the channel does not take.
    """
    chat = chats.locked(chat.pk)
    known = _known(chat, client_key)
    if known:
        return known
    _refuse_too_many(files)
    able = chat.integration.address.capabilities
    kinds = [(carriage.kind_for(able, file.mime), file.mime) for file in files]
    groups = able.albums.groups(kinds) if able.albums is not None else [[place] for place in range(len(files))]
    words = said or Formatted(text)
    first = len(groups[0]) > 1 or able.takes_caption(kinds[0][0], words.text) or commands.is_command(words.text)
    speaking = 0 if first else len(files) - 1
    sent: list[Message] = []
    for group in groups:
        album = str(ids.new_id()) if len(group) > 1 else ""
        for place in group:
            about = {"said": words if place == speaking else NOTHING, "album": album, **what}
            key, more = _key(sent, client_key), place < len(files) - 1
            message = _say(chat, files[place], client_key=key, more_follow=more, **about)
            if message is None:
                return []
            sent.append(message)
    return sent


def _say(chat: Chat, file: StoredFile, **what: Any) -> Message | None:
    try:
        return outbound.say(chat, file=file, **what)
    except outbound.NotSendable as refusal:
        if refusal.field == "file":
            raise outbound.NotSendable("file", f"{file.name}: {refusal}") from None
        raise


@transaction.atomic
def write_as_customer(
    chat: Chat, *, files: Sequence[StoredFile], text: str = "", client_key: str = "", **fields: Any
) -> list[Message]:
    """The same from a customer, over the API: `inbound.write_as_customer` for each file, the text with the first."""
    _refuse_too_many(files)
    written: list[Message] = []
    for place, file in enumerate(files):
        words = text if place == 0 else ""
        key = _key(written, client_key)
        written.append(inbound.write_as_customer(chat, text=words, file=file, client_key=key, **fields))
    return written


def _refuse_too_many(files: Sequence[StoredFile]) -> None:
    if len(files) > MOST:
        raise outbound.NotSendable("attachments", _("At most %d files at once.") % MOST)


def _key(before: Sequence[Message], client_key: str) -> str:
    """The first has the sender's own key, the others one made of the first's id: known together or not at all."""
    return f"{before[0].pk}.{len(before)}" if before else client_key


def _known(chat: Chat, client_key: str) -> list[Message]:
    """What was sent under this key before."""
    first = Message.objects.filter(chat=chat, client_key=client_key).first() if client_key else None
    if first is None:
        return []
    others = Message.objects.filter(chat=chat, client_key__startswith=f"{first.pk}.")
    return [first, *others.order_by("id")]
