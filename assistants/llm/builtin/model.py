"""The built-in answerer as a model provider: it looks questions up and gives the passage's own words, or a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from assistants import language
from assistants.errors import Cancelled
from assistants.llm.builtin import phrases, questions
from assistants.llm.model import HANDOFF, Cancel, Completion, Message, Model, Search, Tool, ToolCall, never
from assistants.types import Passage, Usage
from happ_project.core import clock
from happ_project.core.text import gettext_noop

NAME = "builtin"
LABEL = gettext_noop("Built-in: answers from your knowledge only, no language model")

SURE = 0.5
_WORTH_ASKING = 0.85
"""Score from which the best passages are offered as "do you mean…?"."""
_STILL_FITS = 0.5
"""Score that a passage found through the question before must have for the follow-up alone."""
_MOST_ANSWERS, _MOST_OPTIONS = 3, 3
_LONGEST_ANSWER = 700


@dataclass(frozen=True, slots=True)
class _Found:
    question: questions.Question
    passages: Sequence[Passage]

    @property
    def sure(self) -> float:
        return self.passages[0].signals.get("sure", 0.0) if self.passages else 0.0

    @property
    def score(self) -> float:
        return self.passages[0].score if self.passages else 0.0


def verdict(passages: Sequence[Passage]) -> Literal["answers", "asks_back", "unknown"]:
    """What comes of these passages, best first, for a question that stands alone."""
    found = _Found(questions.Question(""), passages)
    if found.sure >= SURE:
        return "answers"
    return "asks_back" if _options([found]) else "unknown"


class BuiltinModel(Model):
    """Needs the search of one assistant; `language_code` is the assistant's own language, '' for the customer's."""

    searches = True
    name = NAME

    def __init__(self, *, search: Search, language_code: str = "", first_message: str = "") -> None:
        self._search, self._language_code, self._first_message = search, language_code, first_message

    def describe(self) -> str:
        return LABEL

    def complete(
        self, messages: Sequence[Message], tools: Sequence[Tool] = (), *, cancelled: Cancel = never, timeout: float = 60
    ) -> Completion:
        started = clock.monotonic()
        text, reason, notes = self._decide(messages, cancelled)
        calls: tuple[ToolCall, ...] = ()
        if reason:
            calls = (ToolCall(id=HANDOFF, name=HANDOFF, arguments={"message": text, "reason": reason}),)
            text = ""
        usage = Usage(provider=NAME, model=NAME, seconds=clock.monotonic() - started)
        return Completion(text=text, tool_calls=calls, usage=usage, notes=notes)

    def _decide(self, messages: Sequence[Message], cancelled: Cancel) -> tuple[str, str, dict[str, Any]]:
        """The text, the reason for handing off ('' to go on), and notes for the turn's record."""
        burst = questions.read(messages)
        code = self._language_code or language.of_conversation([m.text for m in messages if m.role == "user"])
        notes: dict[str, Any] = {"language": code}
        if "person" in burst.kinds:
            notes["decision"] = "person"
            return phrases.say("person", code), gettext_noop("the customer asks for a person"), notes
        if burst.only_attachments:
            notes["decision"] = "attachment"
            reason = gettext_noop("the customer sent something that only a person can look at")
            return phrases.say("picture", code), reason, notes
        if not burst.questions:
            notes["decision"], text = self._small_talk(messages, burst, code)
            return text, "", notes
        found = self._look_up(burst, cancelled)
        notes["questions"] = [_note(one) for one in found]
        answers = _answers(found)
        if answers:
            notes["decision"] = "answer"
            greet = "greeting" in burst.kinds and not any(message.role == "assistant" for message in messages)
            lines = [f"{phrases.say('hello', code)} {answers[0]}" if greet else answers[0], *answers[1:]]
            if _left_open(found):
                lines.append(phrases.say("partly", code))
            return "\n\n".join(lines), "", notes
        offered = _options(found)
        if offered and not burst.asked_back:
            notes["decision"] = "unsure"
            listed = "\n".join(f"{n}. {title}" for n, title in enumerate(offered, 1))
            return f"{phrases.say('unsure', code)}\n{listed}", "", notes
        notes["decision"] = "unknown"
        return phrases.say("unknown", code), gettext_noop("the knowledge holds no answer"), notes

    def _small_talk(self, messages: Sequence[Message], burst: questions.Burst, code: str) -> tuple[str, str]:
        for kind in ("goodbye", "bot", "thanks"):
            if kind in burst.kinds:
                return kind, phrases.say(kind, code)
        if "greeting" in burst.kinds or not burst.kinds:
            spoke = any(message.role == "assistant" for message in messages)
            return "greeting", phrases.say("greeting", code) if spoke else self._first_message or phrases.say(
                "greeting", code
            )
        return "silent", ""

    def _look_up(self, burst: questions.Burst, cancelled: Cancel) -> list[_Found]:
        found = []
        for question in burst.questions:
            if cancelled():
                raise Cancelled
            found.append(self._find(question))
        if len(found) > 1 and not any(one.sure >= SURE for one in found):
            whole = _Found(questions.Question(burst.joined), self._search(burst.joined))
            return [whole] if whole.sure >= SURE else [*found, whole]
        return found

    def _find(self, question: questions.Question) -> _Found:
        alone = _Found(question, self._search(question.text))
        if not question.context or not question.leans:
            return alone
        together = _Found(question, self._search(f"{question.context} {question.text}"))
        if not together.passages or together.sure <= alone.sure:
            return alone
        best = together.passages[0]
        fits = next((passage.score for passage in alone.passages if passage.id == best.id), 0.0)
        # else every "and what about the weather?" would get the answer before once more
        return together if fits >= _STILL_FITS else alone


def _answers(found: Sequence[_Found]) -> list[str]:
    """The passages we are sure of, each once, in the order of the questions."""
    chosen = {one.passages[0].text: None for one in found if one.sure >= SURE}
    return [_trimmed(text) for text in list(chosen)[:_MOST_ANSWERS]]


def _options(found: Sequence[_Found]) -> list[str]:
    """Titles of the best passages of the question we came nearest to answering."""
    best = max(found, key=lambda one: one.score)
    if best.score < _WORTH_ASKING:
        return []
    titles = {passage.title: None for passage in best.passages if passage.title and passage.score >= best.score / 2}
    return list(titles)[:_MOST_OPTIONS]


def _left_open(found: Sequence[_Found]) -> bool:
    """Is there a question among them that has no answer?"""
    answered = False
    for one in found:
        answered = one.sure >= SURE or (answered and one.question.continues)
        if not answered and one.question.text.rstrip().endswith("?"):
            return True
    return False


def _trimmed(text: str) -> str:
    """At most so long, cut after a sentence if there is one to cut after."""
    if len(text) <= _LONGEST_ANSWER:
        return text
    cut = text[:_LONGEST_ANSWER]
    end = max(cut.rfind(mark) for mark in (". ", "! ", "? ", "\n"))
    return cut[: end + 1].rstrip() if end > _LONGEST_ANSWER // 2 else cut.rstrip() + "…"


def _note(one: _Found) -> dict[str, Any]:
    best = one.passages[0] if one.passages else None
    return {
        "question": one.question.text,
        "passage": best.id if best else None,
        "score": round(one.score, 3),
        "sure": round(one.sure, 3),
    }
