"""What an assistant finds in its knowledge for a question: the vocabulary, the question's meaning, the passages."""

from assistants import retrieval
from assistants.knowledge import embeddings, fusion, lemmas
from assistants.models import Assistant
from assistants.services import embedding
from assistants.types import Passage

MOST_WORDS = 16
_LONGEST_QUESTION = 500


def search(assistant: Assistant, question: str, *, local: bool = False) -> list[Passage]:
    """Passages of the assistant's knowledge for a question, best first, by meaning, words and letters together.

    Embeds the question: only for processes that may load the embedding model (the `ai` workers). With `local` the
    chosen model of another server is not asked, and the first passage's signals say how sure it is.
    """
    asked = question[:_LONGEST_QUESTION].strip()
    if not asked:
        return []
    words = lemmas.content_lemmas(asked)[:MOST_WORDS]
    known = retrieval.facts(assistant, words)
    if not known.passages:
        return []
    vector, model = embedding.of_question(assistant, asked, known, local=local)
    found = retrieval.candidates(assistant, words, known, vector=vector, model=model)
    ranked = fusion.rank(asked, found, rarities=known.rarities(words), unheard=known.unheard(words))
    if model != embeddings.name():
        for passage in ranked:
            passage.signals.pop("sure", None)  # its thresholds were measured on the local model's vectors
    return ranked
