"""The desk's rows, by what they are about."""

from conversations.models.chats import COMMAND, Chat, ChatAlias, Message
from conversations.models.contacts import ContactField
from conversations.models.hearing import Transcription
from conversations.models.memory import ChatSummary
from conversations.models.notices import HandoffNotice
from conversations.models.team_groups import GroupNotice, TeamGroup
from conversations.models.trust import AnswerReview, CopilotTask, TurnRecord
from conversations.models.turns import AiTurn, ChatTimer

__all__ = [
    "COMMAND",
    "AiTurn",
    "AnswerReview",
    "Chat",
    "ChatAlias",
    "ChatSummary",
    "ChatTimer",
    "ContactField",
    "CopilotTask",
    "GroupNotice",
    "HandoffNotice",
    "Message",
    "TeamGroup",
    "Transcription",
    "TurnRecord",
]
