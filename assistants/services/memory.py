"""An assistant's memory of a long conversation: its older part in short words, made by its own model."""

from collections.abc import Sequence

from assistants.engine import memory
from assistants.models import Assistant
from assistants.services import exchanges, providers
from assistants.types import TranscriptEntry

_PATIENCE = 60.0


def summarise(assistant: Assistant, *, previous: str, entries: Sequence[TranscriptEntry], chat_id: str) -> str:
    """`previous` and what was said since, as one summary; "" where the built-in answerer answers, who needs none.

    Takes as long as the model takes: never inside a transaction. Raises `ModelUnavailable` and `ModelRejected`.
    """
    model = providers.language_model(assistant)
    if model is None:
        return ""
    completion = exchanges.ask(
        model,
        memory.messages(previous, entries),
        purpose="summary",
        company_id=assistant.company_id,
        assistant_id=assistant.pk,
        chat_id=chat_id,
        timeout=_PATIENCE,
    )
    return completion.text.strip()[: memory.LONGEST]
