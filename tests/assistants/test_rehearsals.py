"""Tests of an assistant: its draft has the conversation, tools answer from the record, and what came is judged."""

import json
from typing import Any

import pytest
from django.test import Client

from assistants.engine import judging
from assistants.models import Assistant, AssistantTest, Rehearsal
from assistants.services import assistants, knowledge, testing, tools
from assistants.tools import stand_ins
from assistants.tools.toolbox import Ability, Done
from assistants.types import CallRecord, Scene
from happ_project.companies.models import Company, User
from tests import factories
from tests.working import work

pytestmark = pytest.mark.django_db


def happened(*answers: str, calls: Any = (), handed_off: bool = False) -> judging.Happened:
    said = [("customer", "Hi"), *(("assistant", answer) for answer in answers)]
    return judging.Happened(said=said, answers=answers, calls=calls, handed_off=handed_off)


def called(name: str, **arguments: Any) -> CallRecord:
    return CallRecord(id="1", name=name, arguments=arguments, output="{}", ok=True)


# --- the rules --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expectation", "came", "ok"),
    [
        ({"kind": "mentions", "text": "nine  O'clock"}, happened("At NINE o\u2019clock."), True),
        ({"kind": "mentions", "text": "ten"}, happened("At nine."), False),
        ({"kind": "omits", "text": "discount"}, happened("At nine."), True),
        ({"kind": "omits", "text": "discount"}, happened("At nine.", "A Discount!"), False),
        ({"kind": "hands_off"}, happened(handed_off=True), True),
        ({"kind": "stays"}, happened(handed_off=True), False),
        ({"kind": "calls", "tool": "order"}, happened(calls=[called("order", number="17")]), True),
        ({"kind": "calls", "tool": "order", "arguments": {"number": "17"}}, happened(calls=[called("order")]), False),
        ({"kind": "calls", "tool": "order"}, happened(calls=[called("book")]), False),
    ],
)
def test_what_came_is_held_against_what_is_expected(expectation: Any, came: judging.Happened, ok: bool) -> None:
    assert judging.check(expectation, came, None).ok is ok


@pytest.mark.parametrize(
    ("whole", "part", "holds"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": {"b": "X", "c": 1}}, {"a": {"b": "x"}}, True),
        ({"a": [1, 2, 3]}, {"a": [3]}, True),
        ({"a": 1}, {"a": True}, False),
        ({"a": 1}, {"b": 1}, False),
        ("a", {"a": 1}, False),
    ],
)
def test_arguments_may_be_more_than_is_expected(whole: Any, part: Any, holds: bool) -> None:
    assert judging.contains(whole, part) is holds


@pytest.mark.parametrize(("verdict", "ok"), [("YES, it does.", True), ("**No** - it does not", False), ("Hm", None)])
def test_a_statement_is_judged_by_a_model(verdict: str, ok: bool | None) -> None:
    asked: list[Any] = []

    def judge(lines: list[Any]) -> str:
        asked.append(lines)
        return verdict

    found = judging.check({"kind": "says", "text": "It greets"}, happened("Hello"), judge)

    assert found.ok is ok
    assert "It greets" in asked[0][-1].text and "assistant: Hello" in asked[0][-1].text


def test_a_statement_that_nobody_can_judge_is_not_passed() -> None:
    assert judging.check({"kind": "says", "text": "It greets"}, happened("Hello"), None).ok is None


# --- runs with the built-in answerer ----------------------------------------------------------------------------------


@pytest.fixture
def assistant(in_company: Company) -> Assistant:
    made = assistants.create(company_id=in_company.pk, name="Sofia", model="builtin", language="en")
    knowledge.add_text(made, name="Hours", content="When do you open?\nWe open at nine every day.")
    work()
    return made


def make_test(assistant: Assistant, *expectations: dict[str, Any], **fields: Any) -> AssistantTest:
    given = {"name": "Hours", "lines": ["When do you open?"], **fields}
    return testing.create(assistant, expectations=list(expectations), **given)


def tried(assistant: Assistant) -> Rehearsal:
    testing.run(assistant)
    work(Rehearsal)
    return Rehearsal.objects.latest("id")


def test_the_draft_has_the_conversation_and_passes(assistant: Assistant) -> None:
    make_test(assistant, {"kind": "mentions", "text": "at nine"}, {"kind": "stays"})

    run = tried(assistant)

    assert (run.verdict, [check["ok"] for check in run.checks]) == ("passed", [True, True])
    assert run.said[0] == {"role": "customer", "text": "When do you open?"}
    assert testing.summary(assistant)["passed"] == 1


def test_what_differed_is_told(assistant: Assistant) -> None:
    make_test(assistant, {"kind": "mentions", "text": "at ten"})

    run = tried(assistant)

    assert run.verdict == "failed"
    assert "at nine" in run.checks[0]["found"]


def test_a_handoff_ends_the_conversation(assistant: Assistant) -> None:
    make_test(assistant, {"kind": "hands_off"}, lines=["I want to talk to a person", "When do you open?"])

    run = tried(assistant)

    assert run.verdict == "passed"
    assert [line["text"] for line in run.said if line["role"] == "customer"] == ["I want to talk to a person"]


def test_without_a_language_model_a_statement_stays_unjudged(assistant: Assistant) -> None:
    make_test(assistant, {"kind": "says", "text": "It names a time"})

    assert tried(assistant).verdict == "unjudged"


def test_a_run_of_another_draft_says_nothing_of_this_one(assistant: Assistant) -> None:
    make_test(assistant, {"kind": "stays"})
    tried(assistant)
    assistants.change(assistant, draft=True, prompt="Be brief.")

    assert testing.summary(assistant)["missing"] == 1
    assert testing.summary(assistant)["passed"] == 0


def test_a_test_that_waits_is_not_asked_twice(assistant: Assistant) -> None:
    make_test(assistant, {"kind": "stays"})

    assert (testing.run(assistant), testing.run(assistant)) == (1, 0)


def test_tests_go_along_with_a_copy(assistant: Assistant) -> None:
    make_test(assistant, {"kind": "stays"}, recorded=[{"name": "order", "output": "{}"}])

    twin = assistants.copy(assistant, company_id=assistant.company_id)

    (copied,) = testing.tests(twin)
    assert (copied.name, copied.expectations, copied.recorded) == (
        "Hours",
        [{"kind": "stays"}],
        [{"name": "order", "output": "{}"}],
    )


# --- the pages --------------------------------------------------------------------------------------------------------


@pytest.fixture
def page(client: Client, alice: User, company: Company) -> Client:
    client.force_login(alice)
    return client


FORM = {"name": "Hours", "lines": "When do you open?\nAnd on Sunday?", "mentions": "nine", "calls": 'order {"n": 1}'}


def test_a_test_is_made_changed_and_run_by_hand(page: Client, assistant: Assistant) -> None:
    path = f"/assistants/{assistant.pk}/tests/"
    assert "No tests yet" in page.get(path).content.decode()

    page.post(f"{path}new/", {**FORM, "person": "stays"})
    test = AssistantTest.objects.get()
    assert test.lines == ["When do you open?", "And on Sunday?"]
    assert test.expectations == [
        {"kind": "mentions", "text": "nine"},
        {"kind": "calls", "tool": "order", "arguments": {"n": 1}},
        {"kind": "stays"},
    ]
    assert "order {&quot;n&quot;: 1}" in page.get(f"{path}{test.pk}/").content.decode()

    page.post(f"{path}{test.pk}/", {**FORM, "calls": ""})
    page.post(f"{path}run/")
    work(Rehearsal)

    assert "passed" in page.get(f"{path}rows/").content.decode()
    assert "We open at nine" in page.get(f"{path}{test.pk}/runs/").content.decode()


@pytest.mark.parametrize(
    "wrong", [{"mentions": "", "calls": ""}, {"calls": "order {"}, {"calls": "order 1"}, {"lines": " "}]
)
def test_a_test_without_sense_is_refused(page: Client, assistant: Assistant, wrong: dict[str, str]) -> None:
    answer = page.post(f"/assistants/{assistant.pk}/tests/new/", {**FORM, **wrong})

    assert answer.status_code == 422
    assert not AssistantTest.objects.exists()


def test_a_chat_becomes_a_test(page: Client, assistant: Assistant) -> None:
    chat = factories.make_chat(assistant.company, assistant=assistant)
    factories.make_message(chat, "When do you\nopen?")
    call = {"name": "order", "output": '{"ok": true}', "input": "{}"}
    factories.make_message(chat, "", role="System", type="FunctionCallOutput", call=call)
    answer = factories.make_message(chat, "At nine.", role="Assistant")
    factories.make_message(chat, "Thanks")

    fields = page.get(f"/chats/{chat.pk}/as-test/?message={answer.pk}").content.decode()

    assert ">When do you open?</textarea>" in fields
    assert "order" in fields and "Thanks" not in fields
    assert "Thanks" in page.get(f"/chats/{chat.pk}/as-test/").content.decode()
    made = page.get(f"/assistants/{assistant.pk}/tests/new/?chat={chat.pk}&message={answer.pk}").content.decode()
    assert f"/chats/{chat.pk}/as-test/?message={answer.pk}" in made


def test_tools_of_a_test_answer_from_the_record(assistant: Assistant) -> None:
    def real(_arguments: dict[str, Any]) -> Done:
        raise AssertionError("called in the world")

    tool = tools.create(assistant, name="order", url="https://shop.example/")
    ability = tools.toolbox(assistant, [tool], search=lambda question: [], scene=Scene()).abilities[-1]
    made = [Ability(tool=ability.tool, run=real, elsewhere=True)]

    record = {"order": ["first", "second", "third"]}
    (before,) = stand_ins.instead_of(made, record)
    assert before.run({}).text == "first", "a turn before, in the same conversation"
    (recorded,) = stand_ins.instead_of(made, record)
    (unknown,) = stand_ins.instead_of(made, {})

    assert [recorded.run({}).text for _time in range(3)] == ["second", "third", "third"]
    assert "This is a test" in json.loads(unknown.run({}).text)["result"]
