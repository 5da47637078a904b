"""`/bot`: switching the AI of a chat by a word in the chat itself."""

from django.utils.translation import gettext_noop as _

from conversations.models import COMMAND, Chat
from conversations.services import chats
from integrations.models import Integration


def is_command(text: str) -> bool:
    return bool(COMMAND.match(text))


def obey(chat: Chat, text: str, *, from_team: bool) -> bool:
    """Do what a `/bot` says, if its sender may. False: it is an ordinary message. Call with the chat locked."""
    found = COMMAND.match(text)
    if not found or not _may(chat.integration, from_team):
        return False
    said = (found.group(1) or "").lower()
    on = not chat.ai_on if not said else said == "on"
    chats.set_ai(chat, on, why=_("the team wrote /bot") if from_team else _("the customer wrote /bot"))
    return True


def _may(integration: Integration, from_team: bool) -> bool:
    allowed = Integration.BotCommand
    return integration.bot_command == allowed.EVERYONE or (integration.bot_command == allowed.TEAM and from_team)
