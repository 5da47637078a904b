"""What happens at the desk, written into the company's event log."""

from conversations import selectors
from conversations.models import Chat, Message
from integrations import types
from integrations.services import event_log


def message_created(message: Message) -> None:
    _record(message.chat, types.MESSAGE_CREATED, {"message": selectors.message_json(message)})


def message_updated(message: Message) -> None:
    _record(message.chat, types.MESSAGE_UPDATED, {"message": selectors.message_json(message)})


def message_taken_back(message: Message) -> None:
    """The events that told its words say them no more, nor those that showed them as the last ones of the chat."""
    now = selectors.message_json(message)
    told = event_log.retell(message.chat_id, "message", key="id", values=[now["id"]], now=now)
    shown = {str(each.get("text"))[: selectors.PREVIEW] for each in told if each.get("text")}
    event_log.retell(message.chat_id, "chat", key="lastMessageText", values=sorted(shown), now={"lastMessageText": ""})
    message_updated(message)


def chat_created(chat: Chat) -> None:
    _record(chat, types.CHAT_CREATED, {"chat": selectors.chat_json(chat)})


def chat_updated(chat: Chat) -> None:
    _record(chat, types.CHAT_UPDATED, {"chat": selectors.chat_json(chat)})


def chat_deleted(chat: Chat) -> None:
    _record(chat, types.CHAT_DELETED, {"chat": {"id": str(chat.pk)}})


def mode_changed(chat: Chat) -> None:
    _record(
        chat,
        types.CHAT_MODE_CHANGED,
        {
            "chat": selectors.chat_json(chat),
            "isUnderAiControl": chat.ai_on,
            "aiDisableReason": chat.ai_disable_reason or None,
            "reason": chat.handoff_reason,
        },
    )


def _record(chat: Chat, type: str, payload: dict) -> None:
    event_log.record(company_id=chat.company_id, type=type, chat_id=chat.pk, payload=payload)
