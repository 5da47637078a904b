"""One turn of thinking: the transcript and the knowledge go to a model, which may call tools; the end is an outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistants import language
from assistants.engine import calling, leaks, lines, prompt, wishes
from assistants.errors import Cancelled
from assistants.llm.builtin import phrases, questions
from assistants.llm.model import HANDOFF, Cancel, Model, Search, Tool, ToolCall
from assistants.tools import builtin, handoff, results
from assistants.tools.toolbox import Toolbox
from assistants.types import AssistantConfig, CallRecord, Outcome, Passage, TranscriptEntry
from happ_project.core import markup
from happ_project.core.formatted import Formatted
from happ_project.core.text import gettext_noop

MOST_PASSAGES = 6
"""Told to a language model with each question."""


def answer(
    config: AssistantConfig,
    transcript: Sequence[TranscriptEntry],
    *,
    model: Model,
    search: Search,
    cancelled: Cancel,
    toolbox: Toolbox | None = None,
    context: Mapping[str, Any] | None = None,
    facts: Mapping[str, str] | None = None,
    handoff_tool: Tool = handoff.TOOL,
    secrets: Sequence[str] = (),
) -> Outcome:
    """`context`: what tools said of the customer in the beginning, `facts` what was noted since.

    An answer that tells one of the `secrets`, or our instructions, is not given.

    The calls made are in the toolbox's records.

    Raises `Cancelled`, `ModelUnavailable` and `ModelRejected` of the model.
    """
    code = language_of(config, transcript)
    toolbox = toolbox or Toolbox()
    passages: list[Passage] = []
    own = config.person_words
    if wishes.person_wanted(transcript, own, spoken=config.language, understands=model.searches):
        reason = gettext_noop("the customer asks for a person")
        return Outcome(kind="handoff", text=phrases.say("person", code), reason=reason, category="customer_asked")
    if model.searches:
        messages = prompt.conversation(transcript)
    else:
        passages = relevant(transcript, search)
        messages = prompt.build(config, transcript, passages, context=context, facts=facts)
        toolbox.guard = lambda text: _withheld(text, config, passages, secrets)
        toolbox.read = _outside(config, transcript, passages, context or {})
    if cancelled():
        raise Cancelled
    try:
        talk = calling.converse(messages, model=model, toolbox=toolbox, always=(handoff_tool,), cancelled=cancelled)
    finally:
        toolbox.close()
    completion = talk.completion
    trace: dict[str, Any] = {
        "messages": len(messages),
        "characters": sum(len(message.text) for message in messages),
        "passages": [passage.traced() for passage in passages],
        "tools": [call.name for call in completion.tool_calls],
        "calls": [{"name": each.name, "ok": each.ok, "seconds": each.seconds} for each in toolbox.records],
        "rounds": talk.rounds,
        **completion.notes,
    }
    if talk.over:
        trace["bound"] = talk.over
    if completion.cut:
        trace["cut"] = True
    outcome = _outcome(talk, toolbox, code)
    withheld = "" if model.searches else _withheld(outcome.text, config, passages, secrets)
    if withheld:
        trace["withheld"] = withheld
        outcome = replace(outcome, text=lines.secrecy(code), marks=())
    outcome = replace(outcome, usage=completion.usage, trace=trace)
    if config.discloses and outcome.kind == "answer" and not any(entry.role == "assistant" for entry in transcript):
        said = Formatted("\n\n").joined([Formatted(lines.disclosure(code)), outcome.said])
        outcome = replace(outcome, text=said.text, marks=said.marks)
    return outcome


def _withheld(text: str, config: AssistantConfig, passages: Sequence[Passage], secrets: Sequence[str]) -> str:
    """Why the customer must not read this, or ""."""
    if leaks.tells_secret(text, secrets):
        return gettext_noop("it told a key or a password")
    known = [config.direct_knowledge, *(f"{passage.title} {passage.text}" for passage in passages)]
    return gettext_noop("it repeated the instructions") if leaks.found(text, config, prompt.RULES, known=known) else ""


def _outside(
    config: AssistantConfig,
    transcript: Sequence[TranscriptEntry],
    passages: Sequence[Passage],
    context: Mapping[str, Any],
) -> list[str]:
    """Whose words the model reads with the question that are neither the company's nor the customer's."""
    quoted = [name for entry in transcript for name in entry.outside]
    return list(dict.fromkeys([*config.direct_pages, *builtin.pages(passages), *context, *quoted]))


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
        for passage in search(text)[:MOST_PASSAGES]:
            if passage.id not in best or best[passage.id].score < passage.score:
                best[passage.id] = passage
    return sorted(best.values(), key=lambda passage: -passage.score)[:MOST_PASSAGES]


def _outcome(talk: calling.Talk, toolbox: Toolbox, code: str) -> Outcome:
    completion = talk.completion
    call = next((call for call in completion.tool_calls if call.name == HANDOFF), None)
    if call:
        told = results.own("The chat was handed to a person.")
        toolbox.records.append(CallRecord(id=call.id, name=call.name, arguments=call.arguments, output=told, ok=True))
        return _handed_off(call, completion.text, code)
    if completion.refusal:
        return _person(gettext_noop("the model refused to answer"), "model_refused", code)
    if completion.tool_calls:
        # what is said beside a call ("one moment…") is no answer
        return _person(gettext_noop("the model called tools without end"), "tool_limit", code)
    said = _said(completion.text)
    if said.text:
        return Outcome(kind="answer", text=said.text, marks=said.marks)
    if completion.notes.get("decision") == "silent":
        return Outcome(kind="silent", reason="there is nothing to say")
    # a customer is never left without a word: nothing but marks
    return _person(gettext_noop("the model gave no usable answer"), "model_failed", code)


def _person(reason: str, category: Any, code: str) -> Outcome:
    return Outcome(kind="handoff", text=phrases.say("person", code), reason=reason, category=category)


def _handed_off(call: ToolCall, text: str, code: str) -> Outcome:
    """The message given to the tool is the turn's only text: models like to say it twice."""
    last_line = _said(handoff.message(call) or text)
    if not last_line.text:
        last_line = Formatted(phrases.say("person", code))
    reason = handoff.reason(call) or gettext_noop("the assistant asked for a person")
    category = handoff.category(call)
    return Outcome(kind="handoff", text=last_line.text, marks=last_line.marks, reason=reason, category=category)


def _said(written: str) -> Formatted:
    """What a model wrote, whatever it was told about Markdown, as its reader sees it; without keys."""
    said = markup.read(written)
    return said.reworded(leaks.without_keys(said.text))
