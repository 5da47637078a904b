"""A conversation of the playground had once more: each line of the customer is said when the one before is answered.

What is left to say stands in the chat's `trial`. Tools do nothing in the world meanwhile: they say what they said then.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import transaction

from conversations.models import Chat, Message
from conversations.services import inbound, turns

_KEY = "replay"


@transaction.atomic
def begin(chat: Chat, *, lines: list[str], recorded: list[dict[str, str]]) -> None:
    """Say the first of the lines; `recorded` are name and output of what tools said, in order."""
    if lines:
        _keep(chat, {"lines": lines, "recorded": recorded})
        go_on(chat)


def go_on(chat: Chat) -> None:
    """The AI has answered: say the next line, or have all said. Call in the transaction that ends the turn."""
    under_way = chat.trial.get(_KEY)
    if not under_way:
        return
    lines = under_way["lines"]
    _keep(chat, {**under_way, "lines": lines[1:]} if lines else None)
    if lines:
        inbound.write_as_customer(chat, text=lines[0])
        turns.schedule(Chat.objects.select_related("integration").get(pk=chat.pk), at_once=True)


def end(chat: Chat) -> None:
    """A person was called, or something broke: the rest stays unsaid."""
    if _KEY in chat.trial:
        _keep(chat, None)


def to_come(chat: Chat) -> int:
    """Lines that are still to be said."""
    return len(chat.trial.get(_KEY, {}).get("lines", ()))


def settings_of(chat: Chat) -> dict[str, Any]:
    """What the chat speaks by, without what is left to say."""
    return {name: value for name, value in chat.trial.items() if name != _KEY}


def stand_ins(chat: Chat) -> dict[str, list[str]] | None:
    """What tools say in place of doing something, by name, without what they have said by now; None: they do it."""
    under_way = chat.trial.get(_KEY)
    if not under_way:
        return None
    found: dict[str, list[str]] = {}
    for each in under_way["recorded"]:
        found.setdefault(str(each["name"]), []).append(str(each["output"]))
    said = Message.objects.filter(chat=chat, type=Message.Type.FUNCTION_CALL_OUTPUT, deleted_at=None)
    used = Counter(str(each.get("name")) for each in said.values_list("call", flat=True) if each)
    return {name: outputs[used[name] :] or outputs[-1:] for name, outputs in found.items()}


def _keep(chat: Chat, under_way: dict[str, Any] | None) -> None:
    chat.trial = settings_of(chat) | ({_KEY: under_way} if under_way else {})
    chat.save(update_fields=["trial"])
