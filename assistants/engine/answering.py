"""One turn of thinking: the transcript and the knowledge go to a model, its completion becomes an outcome."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from assistants import language
from assistants.engine import prompt, rendering
from assistants.errors import Cancelled
from assistants.llm.builtin import phrases, questions
from assistants.llm.model import HANDOFF, Cancel, Completion, Model, Search, ToolCall
from assistants.tools import handoff
from assistants.types import AssistantConfig, Outcome, Passage, TranscriptEntry

_MOST_PASSAGES = 6
_PATIENCE = 60.0


def answer(
    config: AssistantConfig,
    transcript: Sequence[TranscriptEntry],
    *,
    model: Model,
    search: Search,
    cancelled: Cancel,
) -> Outcome:
    """Raises `Cancelled`, `ModelUnavailable` and `ModelRejected` of the model."""
    passages: list[Passage] = []
    if model.searches:
        messages = prompt.conversation(transcript)
    else:
        passages = relevant(transcript, search)
        messages = prompt.build(config, transcript, passages)
    if cancelled():
        raise Cancelled
    completion = model.complete(messages, (handoff.TOOL,), cancelled=cancelled, timeout=_PATIENCE)
    trace: dict[str, Any] = {
        "messages": len(messages),
        "characters": sum(len(message.text) for message in messages),
        "passages": [{"id": passage.id, "score": round(passage.score, 3)} for passage in passages],
        "tools": [call.name for call in completion.tool_calls],
        **completion.notes,
    }
    if completion.cut:
        trace["cut"] = True
    return replace(_outcome(completion, language_of(config, transcript)), usage=completion.usage, trace=trace)


def language_of(config: AssistantConfig, transcript: Sequence[TranscriptEntry]) -> str:
    """The assistant's own language, or the customer's."""
    texts = [entry.text for entry in transcript if entry.role == "customer"]
    return config.language or language.of_conversation(texts)


def relevant(transcript: Sequence[TranscriptEntry], search: Search) -> list[Passage]:
    """Passages for everything the customer asked since our last word, best first."""
    burst = questions.read(prompt.conversation(transcript))
    wanted = {burst.joined: None} if burst.questions else {}
    for question in burst.questions:
        wanted[question.text] = None
        if question.context and question.leans:
            wanted[f"{question.context} {question.text}"] = None
    best: dict[str, Passage] = {}
    for text in wanted:
        for passage in search(text)[:_MOST_PASSAGES]:
            if passage.id not in best or best[passage.id].score < passage.score:
                best[passage.id] = passage
    return sorted(best.values(), key=lambda passage: -passage.score)[:_MOST_PASSAGES]


def _outcome(completion: Completion, code: str) -> Outcome:
    call = next((call for call in completion.tool_calls if call.name == HANDOFF), None)
    if call:
        return _handed_off(call, completion.text, code)
    if completion.refusal:
        return Outcome(kind="handoff", text=phrases.say("person", code), reason="the model refused to answer")
    text = rendering.plain(completion.text)
    if text:
        return Outcome(kind="answer", text=text)
    if completion.notes.get("decision") == "silent":
        return Outcome(kind="silent", reason="there is nothing to say")
    # a customer is never left without a word: a tool we do not have, or nothing but marks
    return Outcome(kind="handoff", text=phrases.say("person", code), reason="the model gave no usable answer")


def _handed_off(call: ToolCall, text: str, code: str) -> Outcome:
    """The message given to the tool is the turn's only text: models like to say it twice."""
    last_line = rendering.plain(handoff.message(call) or text) or phrases.say("person", code)
    return Outcome(kind="handoff", text=last_line, reason=handoff.reason(call) or "the assistant asked for a person")
