"""The desk's rows, by what they are about."""

from conversations.models.chats import COMMAND, AiTurn, Chat, ChatAlias, ChatTimer, HandoffNotice, Message
from conversations.models.hearing import Transcription

__all__ = ["COMMAND", "AiTurn", "Chat", "ChatAlias", "ChatTimer", "HandoffNotice", "Message", "Transcription"]
