"""An assistant's memory of a long conversation: its older part in short words, made by its own model."""

from collections.abc import Sequence

from assistants.engine import memory
from assistants.llm import observed
from assistants.models import Assistant
from assistants.services import exchanges, providers
from assistants.types import Scene, TranscriptEntry

_PATIENCE = 60.0


def summarise(assistant: Assistant, *, previous: str, entries: Sequence[TranscriptEntry], chat_id: str) -> str:
    """`previous` and what was said since, as one summary; "" where the built-in answerer answers, who needs none.

    Takes as long as the model takes: never inside a transaction. Raises `ModelUnavailable` and `ModelRejected`.
    """
    scene = Scene(chat_id=chat_id, purpose="summary")
    model = observed.watched(providers.resolve(assistant, search=lambda question: ()), into=scene.exchanges)
    if model.searches:
        return ""
    try:
        completion = model.complete(memory.messages(previous, entries), timeout=_PATIENCE)
    finally:
        exchanges.settle(scene, company_id=assistant.company_id, assistant_id=assistant.pk)
    return completion.text.strip()[: memory.LONGEST]
