"""An assistant's answer to a conversation: its model, its knowledge and the engine put together."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import cache

from assistants import colleague, selectors
from assistants.engine import answering as engine
from assistants.engine import wishes
from assistants.knowledge import direct
from assistants.llm import observed
from assistants.models import Assistant
from assistants.services import exchanges, providers, searching, toolboxes, tools
from assistants.tools import contact
from assistants.types import AssistantConfig, Outcome, Passage, Scene, TranscriptEntry

_MOST_TOLD = 8
"""Passages that the record of a turn keeps."""


def answer(
    assistant: Assistant,
    transcript: Sequence[TranscriptEntry],
    *,
    cancelled: Callable[[], bool],
    scene: Scene | None = None,
) -> Outcome:
    """Takes as long as the model and the tools take: never inside a transaction.

    `scene` is told to tools and holds afterwards, however it ends, the calls made and the context learnt, and what
    the model was asked; what that took is in the book of uses then.
    Raises `Cancelled`, `ModelUnavailable` (try later) and `ModelRejected` (trying again is useless).
    """

    found: dict[str, Passage] = {}
    knows_passages = cache(lambda: selectors.knows_passages(assistant))  # asked once, not with every question

    def search(question: str) -> list[Passage]:
        if not knows_passages():
            return []
        rows = searching.search(assistant, question, local=model.searches)
        passages = [passage for passage in rows if passage.document_id not in told]
        for passage in passages:
            if passage.id not in found or found[passage.id].score < passage.score:
                found[passage.id] = passage
        return passages

    scene = scene or Scene()
    model = observed.watched(providers.resolve(assistant, search=search), into=scene.exchanges)
    # told whole, it need not be found; the built-in answerer is told nothing and finds everything
    told = {} if model.searches else selectors.direct_knowledge(assistant)
    config = _config(assistant, known=told.values())
    scene.secrets = () if model.searches else exchanges.secrets(assistant)
    if scene.greeted:
        config = replace(config, first_message="")
    rows = tools.enabled(assistant)
    tools.begin(assistant, rows, scene)
    try:
        outcome = engine.answer(
            config,
            transcript,
            model=model,
            search=search,
            cancelled=cancelled,
            toolbox=toolboxes.of(assistant, rows, model, search=search, scene=scene),
            context=scene.context,
            facts=contact.known(scene),
            handoff_tool=tools.handoff_tool(rows),
            secrets=scene.secrets,
        )
    finally:
        exchanges.settle(scene, company_id=assistant.company_id, assistant_id=assistant.pk)
    best = sorted(found.values(), key=lambda passage: -passage.score)[:_MOST_TOLD]
    return replace(outcome, trace={**outcome.trace, "passages": [passage.traced() for passage in best]})


def asks_for_person(assistant: Assistant | None, text: str) -> bool:
    """Whether the message is a call for a person, which waits for nothing."""
    if assistant is None:
        return False
    return wishes.asks_for_person(text, assistant.call_words, spoken=assistant.language)


def ends_a_thought(text: str) -> bool:
    """Whether the message need not be waited on for as long as one that is cut by Enter."""
    return wishes.ends_a_thought(text)


def language_of(assistant: Assistant | None, transcript: Sequence[TranscriptEntry]) -> str:
    """The code of the language in which to speak: the assistant's own, else the customer's."""
    return engine.language_of(_config(assistant), transcript)


def answers_soon(language: str) -> str:
    """What a customer is told where an assistant cannot go on and people take over; `language` is a code."""
    return colleague.answers_soon(language)


def config_of(assistant: Assistant) -> AssistantConfig:
    """The assistant as a language model is told of it."""
    return _config(assistant, known=selectors.direct_knowledge(assistant).values())


def _config(assistant: Assistant | None, *, known: Collection[direct.Text] = ()) -> AssistantConfig:
    if assistant is None:
        return AssistantConfig(id="", name="")
    return AssistantConfig(
        id=str(assistant.pk),
        name=assistant.name,
        prompt=assistant.prompt,
        guardrails=assistant.guardrails,
        first_message=assistant.first_message,
        direct_knowledge="\n\n".join(each.told for each in known),
        direct_pages=tuple(each.name for each in known if each.is_page),
        language=assistant.language,
        temperature=assistant.temperature,
        person_words=assistant.call_words,
        discloses=assistant.discloses,
        timezone=assistant.company.timezone,
        business_hours=assistant.business_hours,
    )
