"""One turn: what the model is told, and what becomes of what it says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from assistants.engine import answering, prompt
from assistants.errors import Cancelled
from assistants.llm.model import HANDOFF, Cancel, Completion, Message, Model, Tool, ToolCall, never
from assistants.types import AssistantConfig, Outcome, Passage, Speaker, TranscriptEntry, Usage
from happ_project.core.formatted import Mark

CONFIG = AssistantConfig(id="1", name="Marta", prompt="You sell linen.", guardrails="Never promise discounts.")
PASSAGE = Passage(id="p1", document_id="d1", title="What does it cost?", text="Four euros.", score=1.4)
USAGE = Usage(provider="fake", model="fake", input_tokens=1, output_tokens=2)


class FakeModel(Model):
    name = "fake"

    def __init__(self, **completion: Any) -> None:
        self.completion = Completion(**{"text": "", "usage": USAGE, **completion})
        self.messages: Sequence[Message] = ()
        self.tools: Sequence[Tool] = ()

    def describe(self) -> str:
        return "Fake"

    def complete(
        self, messages: Sequence[Message], tools: Sequence[Tool] = (), *, cancelled: Cancel = never, timeout: float = 60
    ) -> Completion:
        self.messages, self.tools = messages, tools
        return self.completion


def line(role: Speaker, text: str, *, hour: int = 12) -> TranscriptEntry:
    return TranscriptEntry(role=role, text=text, at=datetime(2026, 11, 22, hour, 5, tzinfo=UTC))


def think(model: FakeModel, *transcript: TranscriptEntry, config: AssistantConfig = CONFIG) -> Outcome:
    lines = transcript or (line("customer", "what does it cost"),)
    return answering.answer(config, lines, model=model, search=lambda question: [PASSAGE], cancelled=never)


def handoff(**arguments: Any) -> ToolCall:
    return ToolCall(id="1", name=HANDOFF, arguments=arguments or None)


def test_an_answer_is_plain_text_with_its_formatting_beside_it() -> None:
    outcome = think(FakeModel(text="**Four** euros."))

    assert (outcome.kind, outcome.text) == ("answer", "Four euros.")
    assert outcome.marks == (Mark(kind="bold", start=0, end=4),)
    assert outcome.usage == USAGE
    (passage,) = outcome.trace["passages"]
    assert (passage["id"], passage["title"], passage["text"], passage["score"]) == (
        "p1",
        "What does it cost?",
        "Four euros.",
        1.4,
    )


def test_the_formatting_keeps_its_place_when_words_of_ours_are_put_in() -> None:
    key = "sk-0123456789abcdefghij"
    outcome = think(FakeModel(text=f"The key {key}: **four** euros."), config=replace(CONFIG, discloses=True))

    assert key not in outcome.text
    assert [outcome.text[mark.start : mark.end] for mark in outcome.marks] == ["four"]


def test_a_last_line_before_a_handoff_is_formatted_too() -> None:
    outcome = think(FakeModel(tool_calls=(handoff(message="**Anna** will help you."),)))

    assert (outcome.kind, outcome.text) == ("handoff", "Anna will help you.")
    assert outcome.marks == (Mark(kind="bold", start=0, end=4),)


def test_the_model_is_told_instructions_rules_and_knowledge() -> None:
    model = FakeModel(text="Four euros.")

    think(model)

    system = model.messages[0].text
    assert "You sell linen." in system
    assert "Never promise discounts." in system
    assert "What does it cost?\nFour euros." in system
    assert "the language of the customer's last message" in system
    assert [tool.name for tool in model.tools] == [HANDOFF]


def test_the_assistants_own_language_rules() -> None:
    model = FakeModel(text="ok")

    think(model, config=AssistantConfig(id="1", name="Marta", language="uk"))

    assert "Write in Ukrainian." in model.messages[0].text


def test_knowledge_told_whole_comes_with_every_question() -> None:
    model = FakeModel(text="ok")

    think(model, config=AssistantConfig(id="1", name="Marta", direct_knowledge="We close for lunch."))

    assert "We close for lunch." in model.messages[0].text


def test_the_model_sees_when_people_spoke() -> None:
    model = FakeModel(text="ok")

    think(
        model,
        line("customer", "can I swap it"),
        line("assistant", "Yes."),
        line("human", "Bring it tomorrow.", hour=14),
        line("system", "The assistant answers again.", hour=15),
        line("customer", "and the receipt?"),
    )

    assert [(message.role, message.text) for message in model.messages[1:]] == [
        ("user", "can I swap it"),
        ("assistant", "Yes."),
        ("assistant", "[a colleague, 22 Nov 14:05 UTC] Bring it tomorrow."),
        ("user", "[note of the system, 22 Nov 15:05 UTC: The assistant answers again.]"),
        ("user", "and the receipt?"),
    ]


def test_every_question_of_a_burst_is_looked_up() -> None:
    asked: list[str] = []

    def search(question: str) -> list[Passage]:
        asked.append(question)
        return [PASSAGE]

    lines = [line("customer", "hello"), line("customer", "do you deliver to Poland?"), line("customer", "and how much")]
    answering.answer(CONFIG, lines, model=FakeModel(text="ok"), search=search, cancelled=never)

    assert asked == [
        "do you deliver to Poland? and how much",
        "do you deliver to Poland?",
        "and how much",
    ]


def test_a_follow_up_is_looked_up_with_the_question_before() -> None:
    lines = [
        line("customer", "what does delivery cost"),
        line("assistant", "Four euros."),
        line("customer", "and abroad?"),
    ]
    asked: list[str] = []

    answering.relevant(lines, lambda question: asked.append(question) or [])  # type: ignore[func-returns-value]

    assert "what does delivery cost and abroad?" in asked


def test_only_the_end_of_a_long_conversation_is_told() -> None:
    lines = [line("customer", "x" * 8_000) for _ in range(5)]

    assert len(prompt.window(lines)) == 2
    assert len(prompt.window([line("customer", "x" * 50_000)])) == 1


def test_the_tools_message_is_the_turns_only_text() -> None:
    model = FakeModel(text="Let me get somebody.", tool_calls=(handoff(message="A colleague comes.", reason="asked"),))

    outcome = think(model)

    assert outcome == Outcome(
        kind="handoff", text="A colleague comes.", reason="asked", category="other", usage=USAGE, trace=outcome.trace
    )


@pytest.mark.parametrize("call", [handoff(), handoff(message="  "), handoff(message=7)])
def test_a_handoff_without_a_message_still_says_something(call: ToolCall) -> None:
    outcome = think(FakeModel(tool_calls=(call,)), line("customer", "Скільки коштує?"))

    assert outcome.kind == "handoff"
    assert outcome.text == "Кличу колегу. Вам відповідять тут."


def test_a_refusal_brings_a_person() -> None:
    outcome = think(FakeModel(refusal="I cannot."))

    assert (outcome.kind, outcome.reason) == ("handoff", "the model refused to answer")
    assert outcome.text


def test_an_unknown_tool_and_no_text_brings_a_person() -> None:
    outcome = think(FakeModel(tool_calls=(ToolCall(id="1", name="launchRocket", arguments={}),)))

    assert outcome.kind == "handoff"


def test_a_turn_that_is_over_asks_nobody() -> None:
    model = FakeModel(text="ok")

    with pytest.raises(Cancelled):
        answering.answer(
            CONFIG, [line("customer", "hi")], model=model, search=lambda question: [], cancelled=lambda: True
        )

    assert model.messages == ()
