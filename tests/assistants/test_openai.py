"""Models behind OpenAI's wire, against a server that speaks it."""

import threading
from collections.abc import Iterator

import pytest

from assistants.errors import Cancelled, ModelRejected, ModelUnavailable
from assistants.llm.model import Message
from assistants.llm.openai import OpenAIModel, Wire
from assistants.tools import handoff
from happ_project.core import http
from tests.doubles import model as doubles
from tests.doubles.model import ModelServer, Reply

QUESTION = [Message(role="system", text="Be short."), Message(role="user", text="Do you deliver?")]
BOTH = pytest.mark.parametrize("wire", ["chat", "responses"])


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with doubles.running() as running:
        yield running


def make_model(server: ModelServer, *, wire: Wire | None = None, **changes: object) -> OpenAIModel:
    settings: dict = {"api_key": server.api_key, "base_url": server.base_url, "name": "test-small", "operator": True}
    return OpenAIModel(**{**settings, "wire": wire, **changes})


@BOTH
def test_an_answer_comes_with_what_it_cost(server: ModelServer, wire: Wire) -> None:
    server.script(Reply(text="Yes, everywhere."))

    completion = make_model(server, wire=wire).complete(QUESTION)

    assert completion.text == "Yes, everywhere."
    assert (completion.usage.input_tokens, completion.usage.output_tokens) == (20, 4)
    assert (completion.usage.provider, completion.usage.model) == ("127.0.0.1", "test-small")


def test_openai_itself_is_asked_to_store_nothing(server: ModelServer) -> None:
    make_model(server, wire="responses").complete(QUESTION, (handoff.TOOL,))

    asked = server.requests[-1]
    assert asked.path == "/v1/responses"
    assert asked.body["store"] is False
    assert asked.body["instructions"] == "Be short."
    assert asked.body["input"] == [{"role": "user", "content": "Do you deliver?"}]
    assert asked.body["tools"][0]["name"] == "turnOffAiMode"


def test_other_servers_are_spoken_to_in_chat_completions(server: ModelServer) -> None:
    make_model(server, temperature=0.2).complete(QUESTION, (handoff.TOOL,))

    asked = server.requests[-1]
    assert asked.path == "/v1/chat/completions"
    assert asked.body["messages"][0] == {"role": "system", "content": "Be short."}
    assert asked.body["temperature"] == 0.2
    assert asked.body["tools"][0]["function"]["name"] == "turnOffAiMode"


def test_the_address_of_the_process_does_not_leak_into_a_company(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)

    assert "api.openai.com" in repr(OpenAIModel(api_key="sk-other"))
    assert OpenAIModel(api_key="sk-other", name="test-small").describe() == "OpenAI: test-small"


@BOTH
def test_a_tool_call_is_put_together_from_its_pieces(server: ModelServer, wire: Wire) -> None:
    server.script(Reply(tool="turnOffAiMode", arguments={"message": "One moment.", "reason": "asked"}))

    completion = make_model(server, wire=wire).complete(QUESTION, (handoff.TOOL,))

    assert [(call.name, call.arguments) for call in completion.tool_calls] == [
        ("turnOffAiMode", {"message": "One moment.", "reason": "asked"})
    ]


def test_a_server_that_is_lax_with_the_pieces_of_calls_is_understood(server: ModelServer) -> None:
    """Gemini's server gives all calls of an answer one index; others say id and name with each piece."""
    server.script(Reply(mood="one_index", tool="order", arguments={"number": 17}, beside=(("order", {"number": 18}),)))

    completion = make_model(server).complete(QUESTION, (handoff.TOOL,))

    assert [(call.id, call.name, call.arguments) for call in completion.tool_calls] == [
        ("call_1", "order", {"number": 17}),
        ("call_2", "order", {"number": 18}),
    ]


@BOTH
@pytest.mark.parametrize("arguments", ['{"message": ', "[1, 2]", "null"])
def test_arguments_that_are_no_object_are_none(server: ModelServer, wire: Wire, arguments: str) -> None:
    server.script(Reply(tool="turnOffAiMode", arguments=arguments))

    completion = make_model(server, wire=wire).complete(QUESTION, (handoff.TOOL,))

    assert completion.tool_calls[0].arguments is None


@BOTH
def test_a_limit_says_when_to_come_back(server: ModelServer, wire: Wire) -> None:
    server.script(Reply(mood="limited", retry_after="7"))

    with pytest.raises(ModelUnavailable) as refused:
        make_model(server, wire=wire).complete(QUESTION)

    assert refused.value.retry_after == 7
    assert len(server.requests) == 1


@BOTH
@pytest.mark.parametrize("retry_after", ["Sun, 22 Nov 2026 12:00:00 GMT", "soon", ""])
def test_a_limit_without_a_number_leaves_the_pace_to_us(server: ModelServer, wire: Wire, retry_after: str) -> None:
    server.script(Reply(mood="limited", retry_after=retry_after))

    with pytest.raises(ModelUnavailable) as refused:
        make_model(server, wire=wire).complete(QUESTION)

    assert refused.value.retry_after is None


@BOTH
@pytest.mark.parametrize("mood", ["failing", "broken_off", "empty", "odd_error"])
def test_an_answer_that_did_not_come_is_worth_another_try(server: ModelServer, wire: Wire, mood: doubles.Mood) -> None:
    server.script(Reply(mood=mood))

    with pytest.raises(ModelUnavailable):
        make_model(server, wire=wire).complete(QUESTION)

    assert len(server.requests) == 1


@BOTH
def test_a_spent_account_is_not_asked_again(server: ModelServer, wire: Wire) -> None:
    server.script(Reply(mood="no_quota"))

    with pytest.raises(ModelRejected, match="quota"):
        make_model(server, wire=wire).complete(QUESTION)


@BOTH
def test_a_wrong_key_is_named_but_never_shown(server: ModelServer, wire: Wire) -> None:
    model = make_model(server, wire=wire, api_key="sk-wrong-secret")

    with pytest.raises(ModelRejected, match="key is not accepted") as refused:
        model.complete(QUESTION)

    assert "sk-wrong" not in str(refused.value)
    assert "sk-wrong" not in repr(model)


@BOTH
def test_an_unknown_model_is_named(server: ModelServer, wire: Wire) -> None:
    with pytest.raises(ModelRejected, match="test-huge"):
        make_model(server, wire=wire, name="test-huge").complete(QUESTION)


@BOTH
def test_a_refusal_is_told_apart_from_an_answer(server: ModelServer, wire: Wire) -> None:
    server.script(Reply(mood="refusing"))

    completion = make_model(server, wire=wire).complete(QUESTION)

    assert completion.text == ""
    assert completion.refusal == "I cannot help with that."


@BOTH
def test_an_answer_that_hit_its_limit_is_marked(server: ModelServer, wire: Wire) -> None:
    server.script(Reply(text="A long story", mood="cut"))

    completion = make_model(server, wire=wire).complete(QUESTION)

    assert (completion.text, completion.cut) == ("A long story", True)


@BOTH
def test_a_person_who_steps_in_stops_the_generation(server: ModelServer, wire: Wire) -> None:
    server.script(Reply(text="This will take a long while", mood="slow"))
    caught: list[type[BaseException]] = []

    def think() -> None:
        try:
            make_model(server, wire=wire).complete(QUESTION, cancelled=server.speaking.is_set)
        except Cancelled as error:
            caught.append(type(error))

    thread = threading.Thread(target=think)
    thread.start()
    thread.join(10)

    assert caught == [Cancelled]
    assert server.hung_up.wait(5)


def test_nobody_is_called_for_a_turn_that_is_over_already(server: ModelServer) -> None:
    with pytest.raises(Cancelled):
        make_model(server).complete(QUESTION, cancelled=lambda: True)

    assert server.requests == []


def test_a_server_that_is_away_is_worth_another_try() -> None:
    with doubles.running() as gone:
        model = make_model(gone)

    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        model.complete(QUESTION)


def test_a_companys_address_may_not_lead_into_our_network(server: ModelServer) -> None:
    model = make_model(server, operator=False)

    with pytest.raises(ModelRejected, match="may be called"):
        model.complete(QUESTION)
    with pytest.raises(ModelRejected, match="may be called"):
        model.names()

    assert server.requests == []


def test_a_private_address_the_operator_allowed_is_called(server: ModelServer) -> None:
    http.configure(allowed_private=[server.address])
    try:
        completion = make_model(server, operator=False).complete(QUESTION)
    finally:
        http.configure()

    assert completion.text == "Scripted answer."


def test_the_models_a_key_opens_are_listed(server: ModelServer) -> None:
    assert make_model(server).names() == ["test-large", "test-small"]


def test_a_list_asked_for_with_a_wrong_key_is_refused(server: ModelServer) -> None:
    with pytest.raises(ModelRejected, match="key is not accepted"):
        make_model(server, api_key="sk-wrong").names()
