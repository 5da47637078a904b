"""Whose model speaks for an assistant, and a whole answer from question to outcome."""

from collections.abc import Iterator

import pytest

from assistants.errors import ModelRejected
from assistants.llm.builtin.model import LABEL
from assistants.models import Assistant, LlmModel, ModelSettings
from assistants.services import answering, knowledge, providers
from assistants.types import Outcome, TranscriptEntry
from happ_project.companies.models import Company
from happ_project.core import clock, http, jobs
from tests import factories
from tests.doubles import model as doubles
from tests.doubles.model import ModelServer, Reply

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "How long does delivery take?\nTwo to four working days.\n\nHow can I return an item?\nAt any parcel shop."


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with doubles.running() as running:
        yield running


@pytest.fixture
def assistant(in_company: Company) -> Assistant:
    assistant = factories.make_assistant(in_company, name="Marta", prompt="You sell linen.")
    document = knowledge.add_text(assistant, name="FAQ", content=PAGE)
    jobs.run("assistants.KnowledgeDocument", document.pk, in_company.pk)
    return assistant


@pytest.fixture
def platform(server: ModelServer, settings: object) -> ModelServer:
    """The operator's own model, at an address that only the operator may use."""
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = server.api_key, server.base_url
    settings.OPENAI_MODEL = "test-large"
    return server


def ask(assistant: Assistant, *texts: str) -> Outcome:
    lines = [TranscriptEntry(role="customer", text=text, at=clock.now()) for text in texts]
    return answering.answer(assistant, lines, cancelled=lambda: False)


def test_without_any_key_the_knowledge_answers(assistant: Assistant) -> None:
    outcome = ask(assistant, "hi", "when will my parcel arrive?")

    assert (outcome.kind, outcome.text) == ("answer", "Hello! Two to four working days.")
    assert outcome.usage and outcome.usage.provider == "builtin"
    assert providers.describe(assistant) == "Built-in: answers from your knowledge only, no language model"


def test_without_any_key_what_does_not_fit_goes_to_a_person(assistant: Assistant) -> None:
    outcome = ask(assistant, "яка завтра погода?")

    assert outcome.kind == "handoff"
    assert "кличу колегу" in outcome.text


def test_the_platforms_model_answers_with_the_passages_in_hand(platform: ModelServer, assistant: Assistant) -> None:
    platform.script(Reply(text="In **two to four** days."))

    outcome = ask(assistant, "when will my parcel arrive?")

    assert (outcome.kind, outcome.text) == ("answer", "In two to four days.")
    assert outcome.usage and (outcome.usage.model, outcome.usage.input_tokens) == ("test-large", 20)
    told = platform.requests[-1].body["messages"][0]["content"]
    assert "You sell linen." in told
    assert "Two to four working days." in told
    assert providers.describe(assistant) == "127.0.0.1: test-large"


def test_a_model_hands_the_chat_over_by_its_tool(platform: ModelServer, assistant: Assistant) -> None:
    platform.script(Reply(tool="turnOffAiMode", arguments={"message": "Anna will help you.", "reason": "a complaint"}))

    outcome = ask(assistant, "this is outrageous")

    assert (outcome.kind, outcome.text, outcome.reason) == ("handoff", "Anna will help you.", "a complaint")


def test_the_companys_own_model_comes_before_the_platforms(
    platform: ModelServer, assistant: Assistant, in_company: Company
) -> None:
    with doubles.running(api_key="sk-theirs") as theirs:
        http.configure(allowed_private=[theirs.address])
        providers.save_settings(in_company.pk, api_key="sk-theirs", base_url=theirs.base_url, model="test-small")
        try:
            outcome = ask(assistant, "when will my parcel arrive?")
        finally:
            http.configure()

    assert outcome.usage and outcome.usage.model == "test-small"
    assert platform.requests == []


def test_a_switched_off_setting_leaves_it_to_the_platform(
    platform: ModelServer, assistant: Assistant, in_company: Company
) -> None:
    providers.save_settings(in_company.pk, api_key="sk-theirs", base_url="https://models.example", enabled=False)

    assert ask(assistant, "hello there").usage.model == "test-large"


def test_the_companys_address_may_not_lead_into_our_network(
    server: ModelServer, assistant: Assistant, in_company: Company
) -> None:
    providers.save_settings(in_company.pk, api_key=server.api_key, base_url=server.base_url, model="test-small")

    with pytest.raises(ModelRejected):
        ask(assistant, "when will my parcel arrive?")

    assert server.requests == []


def test_an_assistant_may_ask_for_the_built_in_answerer(platform: ModelServer, assistant: Assistant) -> None:
    assistant.model = "builtin"

    assert ask(assistant, "when will my parcel arrive?").text == "Two to four working days."
    assert platform.requests == []


def test_an_assistant_may_ask_for_a_model_by_name(platform: ModelServer, assistant: Assistant) -> None:
    assistant.model, assistant.temperature = "test-small", 0.3

    ask(assistant, "hello there")

    assert (platform.requests[-1].body["model"], platform.requests[-1].body["temperature"]) == ("test-small", 0.3)


def test_the_scripted_model_is_refused_in_production(assistant: Assistant, settings: object) -> None:
    assistant.model = "scripted"

    settings.IS_PRODUCTION = False
    assert ask(assistant, "hello there").text == "Scripted answer."
    assert "scripted" in providers.names()

    settings.IS_PRODUCTION = True
    assert ask(assistant, "hello there").usage.provider == "builtin"
    assert "scripted" not in providers.names()


def test_knowledge_that_is_not_searched_is_told_whole(
    platform: ModelServer, assistant: Assistant, in_company: Company
) -> None:
    knowledge.add_text(assistant, name="Tone", content="We never say kind regards.", is_vector=False)

    ask(assistant, "hello there")

    assert "We never say kind regards." in platform.requests[-1].body["messages"][0]["content"]


def test_the_language_is_the_assistants_or_the_customers(assistant: Assistant) -> None:
    lines = [TranscriptEntry(role="customer", text="Де моя посилка?", at=clock.now())]

    assert answering.language_of(assistant, lines) == "uk"
    assistant.language = "en"
    assert answering.language_of(assistant, lines) == "en"
    assert answering.language_of(None, []) == "en"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({}, ""),
        ({"model": "test-huge"}, "does not open the model test-huge"),
        ({"credentials": {"api_key": "sk-wrong-secret"}}, "key is not accepted"),
        ({"base_url": "http://127.0.0.1:1/v1"}, "may be called"),
    ],
)
def test_a_key_is_tried_before_it_is_saved(
    server: ModelServer, in_company: Company, changes: dict, complaint: str
) -> None:
    fields = {"credentials": {"api_key": server.api_key}, "base_url": server.base_url, "model": "test-small", **changes}
    http.configure(allowed_private=[server.address])
    try:
        said = providers.check(ModelSettings(company=in_company, **fields))
    finally:
        http.configure()

    assert complaint in said
    assert bool(said) == bool(complaint)
    assert "sk-wrong" not in said


def test_a_stored_key_is_encrypted_and_kept_when_the_rest_changes(in_company: Company) -> None:
    providers.save_settings(in_company.pk, api_key="sk-very-secret", model="test-small")
    saved = providers.save_settings(in_company.pk, model="test-large")

    saved.refresh_from_db()
    assert (saved.credentials["api_key"], saved.model) == ("sk-very-secret", "test-large")
    assert "sk-very" not in repr(saved.credentials)
    assert "sk-very" not in str(ModelSettings.objects.values_list("credentials", flat=True).query)


def test_a_kept_key_does_not_go_to_a_new_address(in_company: Company) -> None:
    providers.save_settings(in_company.pk, api_key="sk-very-secret")
    saved = providers.save_settings(in_company.pk, base_url="https://elsewhere.example/v1")

    assert saved.credentials == {}


def test_a_list_of_assistants_is_described_with_one_query(
    in_company: Company, django_assert_num_queries: object
) -> None:
    rows = [factories.make_assistant(in_company), factories.make_assistant(in_company, model="builtin")]

    with django_assert_num_queries(1):
        assert providers.describe_each(rows) == [LABEL] * 2


def test_models_to_choose_by_id_are_there_from_the_start() -> None:
    LlmModel.objects.get_or_create(provider="builtin", name="builtin", kind="text")

    assert LlmModel.objects.filter(provider="builtin").exists()
