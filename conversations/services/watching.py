"""Whether a turn of the AI may still speak: who is in charge of the chat, and what came into it meanwhile."""

from datetime import timedelta

from conversations import selectors
from conversations.models import AiTurn, Chat, Message
from conversations.services import turns
from happ_project.core import clock

_LOOK_AGAIN = 0.5

Result = AiTurn.Outcome


class Watch:
    """Over the messages that a turn is to answer, and the assistant that the chat had when they were read."""

    def __init__(self, chat: Chat, pending: list[Message]) -> None:
        self.last = pending[-1]
        self.verdict = ""
        self._chat_id, self._assistant_id = chat.pk, chat.assistant_id
        self._first, self._heard = pending[0].pk, {message.pk for message in pending}
        self._looked_at = clock.monotonic()

    def cancelled(self) -> bool:
        """Looks, not too often, whether the turn has lost its point while the model is thinking."""
        if self.verdict:
            return True
        if clock.monotonic() - self._looked_at < _LOOK_AGAIN:
            return False
        self._looked_at = clock.monotonic()
        self.verdict, _ = self.look(Chat.objects.select_related("integration").get(pk=self._chat_id))
        return bool(self.verdict)

    def look(self, chat: Chat) -> tuple[str, list[Message]]:
        """Why the turn may not speak in the chat as it is now (an outcome; "" if it may), and what came since."""
        found = selectors.messages_from(chat, self._first)
        newer = [message for message in found if message.pk > self.last.pk]
        return self._objection(chat, newer, has_lost_one=not self._heard <= {message.pk for message in found}), newer

    def _objection(self, chat: Chat, newer: list[Message], *, has_lost_one: bool) -> str:
        if not turns.may_speak(chat) or chat.deleted_at:
            return Result.STOPPED
        if any(message.is_from_person for message in newer):
            return Result.STOPPED
        if chat.assistant_id != self._assistant_id:
            return Result.OVERTAKEN  # a person has given the chat to another assistant, who is going to answer
        if has_lost_one:
            return Result.OVERTAKEN  # the answer may tell what was taken back
        waited = clock.now() - (chat.waiting_since or clock.now())
        patient = waited < timedelta(seconds=chat.integration.longest_wait_seconds)
        if patient and any(selectors.wants_answer(message) for message in newer):
            return Result.OVERTAKEN
        return ""
