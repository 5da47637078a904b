"""A search that somebody of the company tries: what the assistant finds for a question, and what comes of it."""

from __future__ import annotations

import time
from typing import Any

from assistants.engine import answering as engine
from assistants.llm import builtin
from assistants.models import Assistant, KnowledgeSearch
from assistants.services import providers, searching
from happ_project.core import clock, ids

MOST = 8
_PATIENCE = 10.0
_LOOK_EVERY = 0.05


def ask(assistant: Assistant, question: str) -> KnowledgeSearch:
    """Have it searched for by a worker; the row's `result` is there some tenths of a second later."""
    public_id = ids.new_id()
    return KnowledgeSearch.objects.create(
        company_id=assistant.company_id,
        assistant=assistant,
        question=question,
        public_id=public_id,
        lane=str(public_id),
    )


def wait(search: KnowledgeSearch) -> dict[str, Any] | None:
    """What was found, at most some seconds from now; None if no worker had time, or it failed."""
    until = clock.monotonic() + _PATIENCE
    while clock.monotonic() < until:
        search.refresh_from_db(fields=["result", "state"])
        if search.state not in KnowledgeSearch.OPEN:
            break
        time.sleep(_LOOK_EVERY)
    return search.result


def run(search: KnowledgeSearch) -> None:
    """The work of a row: `result` holds the passages, best first, and the `verdict`.

    `answers`, `asks_back`, `unknown`: what the built-in answerer would do; `tells`: a language model is told the first
    `told` passages with the question.
    """
    assistant = search.assistant
    started = clock.monotonic()
    by_builtin = providers.is_builtin(assistant)
    passages = searching.search(assistant, search.question, local=by_builtin)
    search.result = {
        "verdict": builtin.verdict(passages) if by_builtin else "tells",
        "told": 1 if by_builtin else engine.MOST_PASSAGES,
        "model": str(providers.describe(assistant)),
        "milliseconds": round((clock.monotonic() - started) * 1000),
        "passages": [passage.traced() for passage in passages[:MOST]],
    }
    search.save(update_fields=["result"])
