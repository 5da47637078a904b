"""What every model provider promises, whichever it is; one that is not tried here fails the first test."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from assistants import llm
from assistants.errors import Cancelled, ModelRejected, ModelUnavailable, Unanswered
from assistants.llm import builtin, scripted
from assistants.llm.fallback import WithFallback
from assistants.llm.model import Completion, Message, Model
from assistants.llm.observed import Observed, watched
from assistants.llm.openai import OpenAIModel, Wire
from assistants.tools import handoff
from assistants.types import Exchange, Passage, Usage
from tests.doubles import model as doubles
from tests.doubles.model import ModelServer, Reply

QUESTION = [Message(role="system", text="Be short."), Message(role="user", text="Do you deliver?")]
SECRET = "sk-right"
FOUND = Passage(id="1", document_id="1", title="Do you deliver?", text="Yes.", score=1.0, signals={"sure": 1.0})


def remote(server: ModelServer, wire: Wire, name: str = "test-small", **changes: object) -> OpenAIModel:
    return OpenAIModel(
        **{"api_key": SECRET, "base_url": server.base_url, "name": name, "operator": True, "wire": wire, **changes}
    )


MAKERS: dict[str, Callable[[ModelServer], Model]] = {
    "openai-responses": lambda server: remote(server, "responses"),
    "openai-chat": lambda server: remote(server, "chat"),
    "builtin": lambda server: builtin.BuiltinModel(search=lambda question: [FOUND]),
    "scripted": lambda server: scripted.ScriptedModel(),
    "with-a-reserve": lambda server: WithFallback(remote(server, "chat"), remote(server, "chat", "test-large")),
    "observed": lambda server: Observed(remote(server, "chat"), into=[]),
}
REMOTE = pytest.mark.parametrize("name", ["openai-responses", "openai-chat", "with-a-reserve", "observed"])
EVERY = pytest.mark.parametrize("name", MAKERS)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with doubles.running(api_key=SECRET) as running:
        yield running


def made(name: str, server: ModelServer) -> Model:
    return MAKERS[name](server)


def test_every_provider_is_tried_here(server: ModelServer) -> None:
    for module in pkgutil.walk_packages(llm.__path__, "assistants.llm."):
        importlib.import_module(module.name)

    assert {type(made(name, server)) for name in MAKERS} == {
        kind for kind in Model.__subclasses__() if kind.__module__.startswith("assistants.llm.")
    }


@EVERY
def test_an_answer_says_who_gave_it_and_what_it_took(server: ModelServer, name: str) -> None:
    completion = made(name, server).complete(QUESTION, (handoff.TOOL,))

    assert isinstance(completion, Completion)
    assert completion.text or completion.tool_calls
    assert completion.usage.provider
    assert completion.usage.model
    assert completion.usage.seconds >= 0
    assert len(completion.usage.provider) <= 40


@EVERY
def test_what_nobody_wants_any_more_is_not_asked(server: ModelServer, name: str) -> None:
    with pytest.raises(Cancelled):
        made(name, server).complete(QUESTION, cancelled=lambda: True)

    assert server.requests == []


@EVERY
def test_it_says_what_it_is_and_keeps_its_key_to_itself(server: ModelServer, name: str) -> None:
    model = made(name, server)

    assert model.name
    assert model.describe()
    assert SECRET not in repr(model) + model.describe()


@REMOTE
@pytest.mark.parametrize("mood", ["failing", "broken_off", "empty", "odd_error", "limited"])
def test_trouble_that_passes_is_worth_another_try(server: ModelServer, name: str, mood: doubles.Mood) -> None:
    server.script(Reply(mood=mood))

    with pytest.raises(ModelUnavailable):
        made(name, server).complete(QUESTION)


@REMOTE
def test_no_quota_is_worth_no_other_try_and_no_key_is_told(server: ModelServer, name: str) -> None:
    server.script(Reply(mood="no_quota"))
    with pytest.raises(ModelRejected) as refused:
        made(name, server).complete(QUESTION)

    server.api_key = "sk-changed"
    with pytest.raises(ModelRejected) as wrong_key:
        made(name, server).complete(QUESTION)

    assert SECRET not in f"{refused.value} {wrong_key.value}"


@pytest.mark.parametrize("name", ["openai-responses", "openai-chat", "observed"])
def test_a_model_that_is_too_slow_is_left(server: ModelServer, name: str) -> None:
    server.script(Reply(mood="slow", text="one two three"))

    with pytest.raises(ModelUnavailable):
        made(name, server).complete(QUESTION, timeout=0.3)


# --- the reserve ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mood", ["failing", "limited", "broken_off", "no_quota", "empty"])
def test_the_reserve_answers_where_the_first_cannot(server: ModelServer, mood: doubles.Mood) -> None:
    server.script(Reply(mood=mood), Reply(text="Yes, we do."))

    completion = made("with-a-reserve", server).complete(QUESTION)

    assert completion.text == "Yes, we do."
    assert completion.usage.model == "test-large"
    assert completion.notes["instead_of"] == "test-small"
    assert completion.notes["because"]


def test_a_model_that_is_gone_is_what_the_reserve_is_for(server: ModelServer) -> None:
    server.models = ["test-large"]

    assert made("with-a-reserve", server).complete(QUESTION).usage.model == "test-large"


def test_after_a_failure_the_rest_of_the_talk_is_the_reserves(server: ModelServer) -> None:
    server.script(Reply(mood="failing"), Reply())
    model = made("with-a-reserve", server)

    model.complete(QUESTION)
    model.complete(QUESTION)

    assert [request.body["model"] for request in server.requests] == ["test-small", "test-large", "test-large"]


def test_a_slow_first_model_leaves_its_reserve_time_to_answer(server: ModelServer) -> None:
    server.script(Reply(mood="slow", text="one two three"), Reply(text="Yes."))

    completion = made("with-a-reserve", server).complete(QUESTION, timeout=0.3)

    assert (completion.text, completion.usage.model) == ("Yes.", "test-large")


def test_a_cancelled_answer_is_not_asked_of_the_reserve(server: ModelServer) -> None:
    asked = iter([False, True])

    with pytest.raises(Cancelled):
        made("with-a-reserve", server).complete(QUESTION, cancelled=lambda: next(asked, True))

    assert [request.body["model"] for request in server.requests] == ["test-small"]


# --- the watcher ------------------------------------------------------------------------------------------------------


def test_what_was_sent_and_what_came_back_is_noted(server: ModelServer) -> None:
    seen: list[Exchange] = []
    Observed(remote(server, "chat"), into=seen).complete(QUESTION, (handoff.TOOL,))

    assert seen[0].lines == (("system", "Be short."), ("user", "Do you deliver?"))
    assert (seen[0].text, seen[0].tools, seen[0].model) == ("Scripted answer.", ("turnOffAiMode",), "test-small")
    assert seen[0].usage and seen[0].usage.input_tokens == 20


def test_a_call_that_failed_is_noted_too(server: ModelServer) -> None:
    seen: list[Exchange] = []
    server.script(Reply(mood="failing"))

    with pytest.raises(ModelUnavailable):
        Observed(remote(server, "chat"), into=seen).complete(QUESTION)

    assert seen[0].usage is None
    assert "ModelUnavailable" in seen[0].error


# --- what is paid for without an answer -------------------------------------------------------------------------------

LONG = "one two three four five six"
WIRES = pytest.mark.parametrize("name", ["openai-responses", "openai-chat"])


def took(name: str, server: ModelServer, reply: Reply, **how: Any) -> Usage | None:
    """What a call took that ended without an answer."""
    server.script(reply)
    seen: list[Exchange] = []
    with pytest.raises(Unanswered):
        watched(made(name, server), into=seen).complete(QUESTION, (handoff.TOOL,), **how)
    return seen[0].usage


@WIRES
@pytest.mark.parametrize("mood", ["broken_off", "odd_error"])
def test_an_answer_that_broke_off_took_what_was_sent_and_what_came(
    server: ModelServer, name: str, mood: doubles.Mood
) -> None:
    used = took(name, server, Reply(text=LONG, mood=mood))

    assert used and used.estimated
    assert used.input_tokens and 20 < used.input_tokens < 400, "the question, the instructions and a tool"
    assert used.output_tokens == len(LONG) // 4 + 1
    assert (used.provider, used.model) == ("127.0.0.1", "test-small")


@WIRES
def test_an_answer_that_nobody_wants_any_more_took_what_came_by_then(server: ModelServer, name: str) -> None:
    asked = iter([False, False, False, False])

    used = took(name, server, Reply(text=LONG), cancelled=lambda: next(asked, True))

    assert used and used.estimated and used.input_tokens
    assert 0 < (used.output_tokens or 0) < len(LONG) // 4


@WIRES
@pytest.mark.parametrize("silent", [False, True], ids=["after its first word", "from the beginning"])
def test_a_model_that_is_too_slow_took_what_it_was_sent(server: ModelServer, name: str, silent: bool) -> None:
    reply = Reply(meanwhile=server.release.wait) if silent else Reply(text=LONG, mood="slow")

    used = took(name, server, reply, timeout=0.3)

    assert used and used.estimated and used.input_tokens


@WIRES
def test_an_empty_answer_took_what_its_provider_says(server: ModelServer, name: str) -> None:
    used = took(name, server, Reply(mood="empty"))

    assert used and not used.estimated
    assert (used.input_tokens, used.output_tokens) == (20, 4)


@WIRES
@pytest.mark.parametrize("mood", ["failing", "limited", "no_quota"])
def test_who_refuses_at_the_door_takes_nothing(server: ModelServer, name: str, mood: doubles.Mood) -> None:
    assert took(name, server, Reply(mood=mood)) is None


def test_a_server_that_is_not_there_takes_nothing(server: ModelServer) -> None:
    server.stop()

    assert took("openai-chat", server, Reply()) is None


def test_the_first_that_broke_off_is_paid_for_beside_its_reserve(server: ModelServer) -> None:
    server.script(Reply(text=LONG, mood="broken_off"), Reply(text="Yes."))
    seen: list[Exchange] = []

    watched(made("with-a-reserve", server), into=seen).complete(QUESTION)

    found = [each.usage for each in seen if each.usage]
    assert [(each.model, each.estimated) for each in found] == [("test-small", True), ("test-large", False)]
