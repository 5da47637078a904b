"""Chats and messages as the API, the webhooks and the sockets show them."""

from datetime import datetime
from typing import Any

from conversations.models import Chat, Message
from happ_project.files import services as files
from happ_project.files.models import StoredFile

PREVIEW = 200
"""Letters of a message that the list of chats shows."""


def _file_url(file: StoredFile | None) -> str | None:
    return files.signed_url(file) if file else None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def message_json(message: Message) -> dict[str, Any]:
    """A message as the API, the webhooks and the sockets show it."""
    url = _file_url(message.file)
    turn, recording = message.turn, message.recording or {}
    return {
        "id": str(message.pk),
        "chatId": str(message.chat_id),
        "role": message.role,
        "source": message.source,
        "type": message.type,
        "specificType": message.specific_type or None,
        "content": message.text,
        "text": message.text,
        "transcription": message.transcription or None,
        "fileUrl": url,
        "audioUrl": url if message.type == Message.Type.AUDIO else None,
        "duration": recording.get("seconds"),
        "waveform": recording.get("waveform") or None,
        "externalId": message.external_id or None,
        "sessionId": message.ids.get("sessionId"),
        "fromId": message.ids.get("fromId"),
        "toId": message.ids.get("toId"),
        "functionCallId": message.call.get("id"),
        "functionCallName": message.call.get("name"),
        "functionCallInput": message.call.get("input"),
        "functionCallOutput": message.call.get("output"),
        "status": message.status,
        "statusDetail": message.status_detail or None,
        "model": (turn.model or turn.provider) if turn else None,
        "inputTokens": turn.input_tokens if turn else None,
        "outputTokens": turn.output_tokens if turn else None,
        "sentAt": _iso(message.sent_at),
        "createdAt": _iso(message.created_at),
        "updatedAt": _iso(message.edited_at or message.created_at),
    }


def chat_json(chat: Chat) -> dict[str, Any]:
    """A chat as the API, the webhooks and the sockets show it."""
    return {
        "id": str(chat.pk),
        "displayName": chat.name,
        "externalId": chat.external_id,
        "integrationId": str(chat.integration_id),
        "source": chat.integration.address.adapter_class.source,
        "assistantId": str(chat.assistant_id) if chat.assistant_id else None,
        "isUnderAiControl": chat.ai_on,
        "aiDisableReason": chat.ai_disable_reason or None,
        "handoffReason": chat.handoff_reason or None,
        "needsAttention": chat.needs_attention,
        "contact": chat.contact or {},
        "isGroup": chat.is_group,
        "unreadCount": chat.unread,
        "lastMessageAt": _iso(chat.last_message_at),
        "lastMessageText": chat.last_message_text,
        "createdAt": _iso(chat.created_at),
        "updatedAt": _iso(chat.last_message_at),
    }
