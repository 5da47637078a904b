"""A chat as the material of a test: what the customer wrote, and what tools said."""

from conversations import selectors
from conversations.models import Chat, Message

_LAST = 60
_MOST_LINES = 20
_LONGEST_OUTPUT = 10_000


def of_chat(chat: Chat, *, until: Message | None = None) -> tuple[list[str], list[dict[str, str]]]:
    """The customer's lines of the end of the chat, or of what led to `until`; and the outputs of tools in it."""
    found = selectors.latest_messages(chat.pk, take=_LAST, before=until)
    lines = [
        " ".join(each.text.split()) for each in found if each.is_from_customer and not each.is_command and each.text
    ]
    recorded = [
        {"name": str(each.call.get("name", "")), "output": str(each.call.get("output") or "")[:_LONGEST_OUTPUT]}
        for each in found
        if each.type == Message.Type.FUNCTION_CALL_OUTPUT
    ]
    return lines[-_MOST_LINES:], recorded
