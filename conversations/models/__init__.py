"""The desk's rows, by what they are about."""

from conversations.models.chats import COMMAND, AiTurn, Chat, ChatAlias, ChatTimer, HandoffNotice, Message

__all__ = ["COMMAND", "AiTurn", "Chat", "ChatAlias", "ChatTimer", "HandoffNotice", "Message"]
