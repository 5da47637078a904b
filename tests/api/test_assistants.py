"""Assistants and what they know, over the REST API."""

from decimal import Decimal
from typing import Any

import pytest

from assistants.api import knowledge_shapes as shapes
from assistants.models import Assistant, KnowledgeDocument, LlmModel
from conversations.models import Chat
from happ_project.companies.models import Company, User
from happ_project.core import ids, tenancy
from integrations.models import Integration
from tests import factories
from tests.api.conftest import Api, person

VOICE = {
    "eagerness": "patient",
    "softTimeout": 3.5,
    "turnAfterSilence": 20,
    "streamingLatency": 4,
    "silenceEndCallTimeout": -1,
    "ttsModel": "eleven_flash",
    "elevenLabsVoiceId": "v1",
    "userInputAudioFormat": "ulaw_8000",
    "disableFirstMessageInterruption": True,
    "voiceLlmModelId": str(ids.new_id()),
}


def draft(**fields: Any) -> dict[str, Any]:
    return {"name": "Sofia", "promptText": "You sell bread.", **fields}


def stored(answer: Any) -> Assistant:
    return Assistant._base_manager.get(pk=answer.json()["id"])


# --- assistants -------------------------------------------------------------------------------------------------------


def test_an_assistant_is_made(api: Api, company: Company) -> None:
    answer = api.post("/api/assistants", draft(companyId=str(company.pk), firstMessage="Hi!", language="uk"))

    assert answer.status_code == 201
    body = answer.json()
    assert body == {
        "id": body["id"],
        "name": "Sofia",
        "type": "text",
        "companyId": str(company.pk),
        "description": None,
        "firstMessage": "Hi!",
        "promptText": "You sell bread.",
        "language": "uk",
        "llmModel": None,
        "aiAutoReturnDelayMinutes": 30,
        "guardrails": None,
        "personWords": [],
        "personWordsByLanguage": {},
        "discloses": False,
        "businessHours": None,
        "answersPerHour": 40,
        "mostAnswers": 0,
        "createdAt": body["createdAt"],
        "updatedAt": body["updatedAt"],
    }


def test_our_own_manners_are_kept(api: Api) -> None:
    manners = {
        "guardrails": "Never promise discounts.",
        "personWords": ["boss", "the owner"],
        "personWordsByLanguage": {"pl": ["szef"]},
        "discloses": True,
        "businessHours": "Mon-Fri 9:00-18:00",
        "answersPerHour": 12,
        "mostAnswers": 30,
    }
    made = api.post("/api/assistants", draft(**manners))
    cleared = api.patch(f"/api/assistants/{made.json()['id']}", {"personWords": [], "businessHours": None})

    assert manners.items() <= made.json().items()
    assert (cleared.json()["personWords"], cleared.json()["businessHours"]) == ([], None)
    assert cleared.json()["guardrails"] == "Never promise discounts."


def test_the_voice_products_settings_are_kept(api: Api) -> None:
    made = api.post("/api/assistants", draft(**VOICE))
    changed = api.patch(f"/api/assistants/{made.json()['id']}", {"eagerness": "eager", "type": "RESTAURANT"})

    assert VOICE.items() <= made.json().items()
    assert changed.json()["eagerness"] == "eager"
    assert stored(made).voice == VOICE | {"eagerness": "eager", "templateType": "RESTAURANT"}
    assert changed.json()["type"] == "text"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"promptText": None}, "promptText"),
        ({"eagerness": "wild"}, "eagerness"),
        ({"streamingLatency": 5}, "streamingLatency"),
        ({"businessHours": "whenever"}, "businessHours"),
        ({"answersPerHour": 0}, "answersPerHour"),
        ({"personWords": [""]}, "personWords[0]"),
        ({"personWordsByLanguage": {"xx": ["szef"]}}, "personWordsByLanguage"),
        ({"turnAfterSilence": 301}, "turnAfterSilence"),
        ({"silenceEndCallTimeout": -2}, "silenceEndCallTimeout"),
        ({"userInputAudioFormat": "mp3"}, "userInputAudioFormat"),
        ({"textLlmModelId": "gpt-5"}, "textLlmModelId"),
        ({"language": "Klingon"}, "language"),
        ({"aiAutoReturnDelayMinutes": 1441}, "aiAutoReturnDelayMinutes"),
        ({"companyId": str(ids.new_id())}, "companyId"),
    ],
)
def test_an_assistant_that_cannot_be_is_refused_by_field(api: Api, fields: dict, field: str) -> None:
    answer = api.post("/api/assistants", draft(**fields))

    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {field}
    assert not Assistant._base_manager.exists()


def test_what_is_missing_is_named(api: Api) -> None:
    answer = api.post("/api/assistants", {"name": "Sofia"})

    assert answer.json()["message"] == "promptText: This field is required."


def test_a_model_is_chosen_by_id_or_by_name(api: Api) -> None:
    model = LlmModel.objects.create(provider="openai", name="gpt-test", input_price=Decimal(1))

    by_id = api.post("/api/assistants", draft(textLlmModelId=str(model.pk)))
    by_name = api.post("/api/assistants", draft(llmProvider="openai", llmModel="gpt-test"))

    assert by_id.json()["llmModel"] == by_name.json()["llmModel"] == "gpt-test"


def test_the_models_to_choose_by_id_are_listed(api: Api) -> None:
    LlmModel.objects.create(provider="openai", name="gpt-test", kind="voice")

    listed = api.get("/api/llm-models").json()

    assert {"id", "name", "provider", "type"} == listed[0].keys()
    assert {each["type"] for each in listed} == {"text"}
    chosen = api.post("/api/assistants", draft(textLlmModelId=listed[0]["id"])).json()
    assert (chosen["llmModel"], chosen["textLlmModelId"]) == (listed[0]["name"], listed[0]["id"])
    given_up = api.patch(f"/api/assistants/{chosen['id']}", {"llmModel": ""}).json()
    assert (given_up["llmModel"], given_up["textLlmModelId"]) == (None, None)


def test_an_id_of_another_list_of_models_is_kept_and_the_companys_model_answers(api: Api) -> None:
    theirs = str(ids.new_id())

    made = api.post("/api/assistants", draft(textLlmModelId=theirs)).json()

    assert (made["llmModel"], made["textLlmModelId"]) == (None, theirs)
    named = api.patch(f"/api/assistants/{made['id']}", {"llmModel": "gpt-test"}).json()
    assert (named["llmModel"], named["textLlmModelId"]) == ("gpt-test", None)


@pytest.mark.parametrize("said", ["uk", "uk-UA", "UK_ua", "Ukrainian", " ukrainian "])
def test_a_language_is_understood_in_its_usual_forms(api: Api, said: str) -> None:
    assert api.post("/api/assistants", draft(language=said)).json()["language"] == "uk"


def test_an_assistant_is_changed_where_it_was_asked_for(api: Api, company: Company) -> None:
    assistant = factories.make_assistant(company, name="Sofia", first_message="Hi!", prompt="Sell bread.")
    path = f"/api/assistants/{assistant.pk}"

    body = api.patch(path, {"firstMessage": None, "aiAutoReturnDelayMinutes": -1}).json()

    assert (body["name"], body["firstMessage"], body["promptText"]) == ("Sofia", None, "Sell bread.")
    assert api.get(path).json()["aiAutoReturnDelayMinutes"] == -1


def test_assistants_are_listed_and_filtered(api: Api, company: Company, charlie: User) -> None:
    factories.make_assistant(company, name="Sofia")
    factories.make_assistant(company, name="Bohdan", description="deliveries")
    factories.make_assistant(charlie.owned_companies.get(), name="Theirs")

    def names(**query: Any) -> list[str]:
        return [each["name"] for each in api.get("/api/assistants", **query).json()]

    assert names() == ["Bohdan", "Sofia"]
    assert set(api.get("/api/assistants").json()[0]) == {"id", "name", "type", "companyId"}
    assert names(name="sof") == ["Sofia"]
    assert names(search="DELIV") == ["Bohdan"]
    assert names(type="text", companyId=str(company.pk), include="x") == ["Bohdan", "Sofia"]
    assert names(type="voice") == names(folderId=str(ids.new_id())) == names(companyId=str(ids.new_id())) == []
    assert names(skip=1, take=1) == ["Sofia"]
    assert api.get("/api/assistants", type="robot").status_code == 400


def test_a_list_of_assistants_costs_two_queries(api: Api, company: Company, django_assert_num_queries: Any) -> None:
    for _ in range(10):
        factories.make_assistant(company)
    api.get("/api/assistants")

    with django_assert_num_queries(2):  # access token, assistants
        api.get("/api/assistants")


def test_a_removed_assistant_leaves_its_chats_to_people(api: Api, company: Company) -> None:
    assistant = factories.make_assistant(company)
    chat = factories.make_chat(company, assistant=assistant)
    with tenancy.company_scope(company):
        KnowledgeDocument.objects.create(company=company, assistant=assistant, name="FAQ", lane="x")

    answer = api.delete(f"/api/assistants/{assistant.pk}")

    assert answer.json() == {"message": "Assistant deleted successfully", "id": str(assistant.pk)}
    assert api.get(f"/api/assistants/{assistant.pk}").status_code == 404
    assert Chat._base_manager.get(pk=chat.pk).assistant_id is None
    assert Integration._base_manager.get(pk=chat.integration_id).assistant_id is None
    assert not KnowledgeDocument._base_manager.exists()


def test_an_assistant_is_copied_with_its_texts(company: Company, alice: User) -> None:
    second = factories.make_company(owner=alice)
    assistant = factories.make_assistant(company, name="Sofia", prompt="Sell bread.", voice={"eagerness": "eager"})
    api = person(alice, **{"x-company-id": str(company.pk)})
    api.post(
        "/api/assistant-knowledge",
        {"assistantId": str(assistant.pk), "name": "FAQ", "type": "text", "resourceContent": "Open at 8."},
    )

    here = api.post(f"/api/assistants/{assistant.pk}/copy").json()
    there = api.post(f"/api/assistants/{assistant.pk}/copy", {"companyId": str(second.pk)}).json()

    assert here["success"] is there["success"] is True
    copies = [Assistant._base_manager.get(pk=each["newAssistantId"]) for each in (here, there)]
    assert [copy.company_id for copy in copies] == [company.pk, second.pk]
    for copy in copies:
        assert (copy.name, copy.prompt, copy.voice) == ("Sofia", "Sell bread.", {"eagerness": "eager"})
        text = KnowledgeDocument._base_manager.get(assistant=copy)
        assert (text.content, text.company_id, text.state) == ("Open at 8.", copy.company_id, "waiting")
    assert Assistant._base_manager.filter(pk=assistant.pk).exists()


def test_an_assistant_is_not_copied_to_a_strangers_company(
    company: Company, alice: User, api: Api, charlie: User
) -> None:
    assistant = factories.make_assistant(company)
    second, theirs = factories.make_company(owner=alice), charlie.owned_companies.get()
    path = f"/api/assistants/{assistant.pk}/copy"

    by_person = person(alice, **{"x-company-id": str(company.pk)}).post(path, {"companyId": str(theirs.pk)})
    by_program = api.post(path, {"companyId": str(second.pk)})

    assert (by_person.status_code, by_program.status_code) == (404, 404)
    assert Assistant._base_manager.count() == 1


def test_who_may_not_make_assistants_in_a_company_does_not_copy_into_it(company: Company, alice: User) -> None:
    second = factories.make_company(owner=alice)
    assistant = factories.make_assistant(company)
    path = f"/api/assistants/{assistant.pk}/copy"
    api = person(alice, **{"x-company-id": str(company.pk)})
    places = alice.memberships.filter(company=second)

    places.update(role="member")
    assert api.post(path, {"companyId": str(second.pk)}).status_code == 200
    places.update(role="guest")
    refused = api.post(path, {"companyId": str(second.pk)})
    made = person(alice, **{"x-company-id": str(second.pk)}).post("/api/assistants", draft())

    assert (refused.status_code, made.status_code) == (403, 403)
    assert Assistant._base_manager.filter(company=second).count() == 1


def test_a_strangers_assistant_is_not_there(strangers_api: Api, company: Company) -> None:
    assistant = factories.make_assistant(company, name="Sofia")
    path = f"/api/assistants/{assistant.pk}"

    answers = [
        strangers_api.get(path),
        strangers_api.patch(path, {"name": "Mine"}),
        strangers_api.post(f"{path}/copy"),
        strangers_api.delete(path),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert Assistant._base_manager.get().name == "Sofia"


# --- knowledge --------------------------------------------------------------------------------------------------------


@pytest.fixture
def assistant(company: Company) -> Assistant:
    return factories.make_assistant(company)


def text(assistant: Assistant, **fields: Any) -> dict[str, Any]:
    base = {"assistantId": str(assistant.pk), "name": "FAQ", "type": "text", "resourceContent": "We open at 8."}
    return {**base, **fields}


def test_a_text_is_given_to_know(api: Api, assistant: Assistant) -> None:
    answer = api.post(
        "/api/assistant-knowledge", text(assistant, isVector=True, chunkingStrategy="items", itemDelimiter="---")
    )

    assert answer.status_code == 201
    body = answer.json()
    assert (body["resourceContent"], body["status"], body["isVector"]) == ("We open at 8.", "waiting", True)
    assert (body["chunkingStrategy"], body["itemDelimiter"], body["isSystem"]) == ("items", "---", False)
    assert api.get(f"/api/assistant-knowledge/{body['id']}").json() == body
    assert KnowledgeDocument._base_manager.get().state == "waiting"


def test_knowledge_is_listed_without_the_texts(
    api: Api, assistant: Assistant, company: Company, django_assert_num_queries: Any
) -> None:
    other = factories.make_assistant(company)
    api.post("/api/assistant-knowledge", text(assistant, name="FAQ"))
    api.post("/api/assistant-knowledge", text(other, name="Prices", resourceContent="Bread: 50"))

    def names(**query: Any) -> list[str]:
        return [each["name"] for each in api.get("/api/assistant-knowledge", **query).json()]

    assert names() == ["FAQ", "Prices"]
    assert names(assistantId=str(other.pk)) == names(search="bread") == names(name="pri") == ["Prices"]
    assert names(resourceUrl="example") == []
    with django_assert_num_queries(2):  # access token, documents
        (first, _second) = api.get("/api/assistant-knowledge").json()
    assert "resourceContent" not in first
    assert list(shapes.BriefKnowledge().fields) == list(first)


def test_a_changed_text_is_read_anew(api: Api, assistant: Assistant) -> None:
    made = api.post("/api/assistant-knowledge", text(assistant)).json()
    KnowledgeDocument._base_manager.update(state="done", status="ready")
    path = f"/api/assistant-knowledge/{made['id']}"

    renamed = api.patch(path, {"name": "Hours", "type": "text"}).json()
    changed = api.patch(path, {"resourceContent": "We open at 9."}).json()

    assert (renamed["name"], renamed["status"]) == ("Hours", "ready")
    assert (changed["resourceContent"], changed["status"]) == ("We open at 9.", "waiting")
    assert api.patch(path, {"resourceContent": " "}).json()["errors"].keys() == {"resourceContent"}
    assert api.delete(path).json()["message"] == "Knowledge deleted successfully"
    assert api.get(path).status_code == 404


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"type": "url", "resourceContent": None}, "resourceUrl"),
        ({"type": "song"}, "type"),
        ({"resourceContent": ""}, "resourceContent"),
        ({"assistantId": str(ids.new_id())}, "assistantId"),
        ({"chunkingStrategy": "lines"}, "chunkingStrategy"),
    ],
)
def test_knowledge_that_cannot_be_is_refused_by_field(api: Api, assistant: Assistant, fields: dict, field: str) -> None:
    answer = api.post("/api/assistant-knowledge", text(assistant, **fields))

    assert answer.status_code == 400
    assert answer.json()["errors"].keys() == {field}
    assert not KnowledgeDocument._base_manager.exists()


def test_a_strangers_knowledge_is_not_there(api: Api, strangers_api: Api, assistant: Assistant) -> None:
    made = api.post("/api/assistant-knowledge", text(assistant)).json()
    path = f"/api/assistant-knowledge/{made['id']}"

    assert strangers_api.get(path).status_code == 404
    assert strangers_api.patch(path, {"name": "Mine"}).status_code == 404
    assert strangers_api.delete(path).status_code == 404
    assert strangers_api.post("/api/assistant-knowledge", text(assistant)).status_code == 400
    assert strangers_api.get("/api/assistant-knowledge", assistantId=str(assistant.pk)).json() == []


def test_a_language_that_nobody_speaks_is_refused(api: Api) -> None:
    answer = api.post("/api/assistants", draft(language="zz"))

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["language"]
    assert stored(api.post("/api/assistants", draft(language="pl"))).language == "pl"
    assert stored(api.post("/api/assistants", draft(language=None))).language == ""
