"""What the AI did with tools, in the history: a message for each call and each output; and what a turn tells tools."""

import json
from typing import Any

from django.db import transaction

from assistants.types import CallRecord, Scene
from conversations.models import AiTurn, Chat, Message
from conversations.services import chats, contacts, outbound, replaying


def scene(chat: Chat, turn: AiTurn) -> Scene:
    """What tools are told of the chat, and what is known of it since its beginning."""
    contact = {"name": chat.display_name, "username": chat.username, "phone": chat.phone, "id": chat.external_id}
    return Scene(
        chat_id=str(chat.pk),
        turn=str(turn.pk),
        source=chat.integration.address.adapter_class.source,
        contact={name: value for name, value in contact.items() if value},
        record=contacts.notes(chat),
        context=chat.ai_context,
        purpose="playground" if chat.speaks_draft else "answer",
        stand_ins=replaying.stand_ins(chat),
        greeted=chat.speaks_draft or bool(chat.integration.address.config.get("greeting")),
    )


def keep(chat: Chat, turn: AiTurn, scene: Scene) -> None:
    """Store what was done in a turn that comes to no end: who answers next reads it, and does not do it again."""
    if not scene.calls and not scene.noted and scene.context == chat.ai_context:
        return
    with transaction.atomic():
        store(chats.locked(chat.pk), turn, scene)


def store(chat: Chat, turn: AiTurn, scene: Scene | None) -> None:
    """Call with the chat locked, in the transaction that ends the turn, before the answer is queued."""
    if scene is None:
        return
    for record in scene.calls:
        _store_call(chat, turn, record)
    transaction.on_commit(scene.calls.clear)  # of a turn that lost its lease nothing is stored by then
    if scene.noted:
        contacts.note(chat, _untouched(chat, scene))
    if scene.context is not None and scene.context != chat.ai_context:
        chat.ai_context = scene.context
        chat.save(update_fields=["ai_context"])


def _untouched(chat: Chat, scene: Scene) -> dict[str, str]:
    """What the AI noted, but for the fields that people have written meanwhile: theirs stands."""
    before = {note.name: note.value for note in scene.record}
    now = {note.name: note.value for note in contacts.notes(chat)}
    return {name: value for name, value in scene.noted.items() if now.get(name) == before.get(name)}


def _store_call(chat: Chat, turn: AiTurn, record: CallRecord) -> None:
    call = {"id": record.id, "name": record.name, "input": json.dumps(record.arguments, ensure_ascii=False)}
    told: dict[str, Any] = {"role": Message.Role.SYSTEM, "source": "AI", "text": "", "turn": turn}
    outbound.store_only(chat, type=Message.Type.FUNCTION_CALL, call=call, **told)
    words = {"outside": list(record.outside), "after": list(record.after)}
    output = {**call, "output": record.output, "ok": record.ok, "seconds": record.seconds, **words}
    outbound.store_only(chat, type=Message.Type.FUNCTION_CALL_OUTPUT, call=output, **told)
