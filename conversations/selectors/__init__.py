"""What the desk knows, by who asks: pages and programs, the AI's turns, the event log."""

from conversations.selectors.lists import (
    chat,
    count_chats_of,
    count_unread,
    inbox,
    last_message_of_each,
    latest_messages,
    messages,
)
from conversations.selectors.reply_windows import ReplyWindow, reply_window_of
from conversations.selectors.shapes import PREVIEW, chat_json, message_json
from conversations.selectors.thrown_away import thrown_away, thrown_away_in
from conversations.selectors.transcripts import transcript
from conversations.selectors.turns import (
    answers_since,
    answers_within,
    for_turn,
    is_ai_writing,
    messages_from,
    unanswered,
    wants_answer,
)

__all__ = [
    "PREVIEW",
    "ReplyWindow",
    "answers_since",
    "answers_within",
    "chat",
    "chat_json",
    "count_chats_of",
    "count_unread",
    "for_turn",
    "inbox",
    "is_ai_writing",
    "last_message_of_each",
    "latest_messages",
    "message_json",
    "messages",
    "messages_from",
    "reply_window_of",
    "thrown_away",
    "thrown_away_in",
    "transcript",
    "unanswered",
    "wants_answer",
]
