"""A message that was taken back is nowhere any more: not in the history, not in copies, not in what was made of it."""

from conversations.models import Message, Transcription
from conversations.services import copilot, explaining, memory, records, writing
from happ_project.core import clock, jobs


def erase(message: Message) -> None:
    """Empty it, and whatever may hold its words. Call with its chat locked; the room below sees to its own copies.

    What it is known by stays, so that a repeat does not bring it back. What people copied on purpose stays, too.
    """
    message.deleted_at = clock.now()
    message.text, message.marks, message.transcription, message.file, message.recording = "", [], "", None, None
    message.call = {name: value for name, value in message.call.items() if name not in {"input", "output"}}
    message.save(update_fields=["deleted_at", "text", "marks", "transcription", "file", "recording", "call"])
    jobs.cancel(Transcription.objects.filter(message=message), reason="the message was taken back")
    memory.forget(message)
    explaining.forget(message)
    copilot.forget(message)
    writing.show_latest(message.chat)
    records.message_taken_back(message)
