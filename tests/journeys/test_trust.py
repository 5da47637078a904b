"""From a customer's question to why it was answered so, what it cost, what people think of it and how the AI helps."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from assistants.models import KnowledgeDocument, LlmModel, UsageRecord
from assistants.services import assistants, budgets, knowledge, tools, usage
from assistants.types import Usage
from conversations import selectors
from conversations.models import AiTurn, AnswerReview, CopilotTask, Message, TurnRecord
from conversations.services import chats, explaining, reviews
from happ_project.core import clock, jobs, tenancy
from integrations.services import integrations
from messengers.models import InboundReceipt
from tests import factories
from tests.doubles import model as models
from tests.doubles.model import ModelServer, Reply
from tests.journeys.shop import Shop, open_shop
from tests.working import at_once, due, work

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def model(settings: Any) -> Iterator[ModelServer]:
    with models.running(api_key="sk-platform-secret") as running:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = running.api_key, running.base_url
        settings.OPENAI_MODEL = "test-large"
        yield running


@pytest.fixture
def shop(model: ModelServer) -> Iterator[Shop]:
    LlmModel.objects.update_or_create(
        provider="127.0.0.1", name="test-large", defaults={"input_price": Decimal(1), "output_price": Decimal(10)}
    )
    shop = open_shop(debounce_seconds=0)
    with tenancy.company_scope(shop.company):
        yield shop


@pytest.fixture
def client(shop: Shop) -> Client:
    signed_in = Client()
    signed_in.force_login(shop.company.owner)
    return signed_in


def turn() -> AiTurn:
    return AiTurn.objects.order_by("-id")[0]


def answer() -> Message:
    return Message.objects.filter(role="Assistant", source="AI").order_by("-id")[0]


def ask(shop: Shop, text: str = "Do you have bread?") -> None:
    shop.writes(text)
    work()


# --- what it cost -----------------------------------------------------------------------------------------------------


def test_an_answer_costs_what_its_tokens_cost(shop: Shop, model: ModelServer) -> None:
    ask(shop)

    row = UsageRecord.objects.get(purpose="answer")
    assert (row.input_tokens, row.output_tokens, row.model) == (20, 4, "test-large")
    assert turn().cost == row.cost == Decimal("0.00006")
    assert row.subject == str(shop.chat().pk)
    assert row.assistant == shop.assistant


def test_a_try_that_failed_after_it_was_paid_for_is_in_the_book(shop: Shop, model: ModelServer) -> None:
    tools.create(shop.assistant, name="order", description="x", type="webhook_client")
    model.script(Reply(tool="order"), Reply(mood="no_quota"))

    ask(shop)

    assert turn().outcome == "handed_off"
    assert UsageRecord.objects.get(purpose="answer").input_tokens == 20


def test_the_built_in_answerer_costs_nothing_and_says_so(shop: Shop) -> None:
    shop.assistant.model = "builtin"
    shop.assistant.save()

    ask(shop, "Hello")

    assert UsageRecord.objects.get(purpose="answer").cost == 0
    assert turn().cost == 0


# --- answers that nobody read -----------------------------------------------------------------------------------------


def interrupted(shop: Shop, model: ModelServer, act: Callable[[], Any]) -> None:
    """The customer asks; while the model speaks something happens that makes its answer worthless."""
    model.speaking.clear()
    model.release.clear()
    model.hung_up.clear()
    model.script(Reply(text="We have rye, wheat and spelt.", mood="slow"), Reply(text="Yes."))
    shop.writes("Do you have bread?")
    work(InboundReceipt)
    (waiting,) = due(AiTurn)

    def happen() -> None:
        assert model.speaking.wait(20)
        with tenancy.company_scope(shop.company):
            act()
            work(InboundReceipt)
        assert model.hung_up.wait(20)

    at_once(lambda: jobs.run(waiting._meta.label, waiting.pk, shop.company.pk), happen)


def test_answers_that_nobody_read_are_counted_with_what_they_cost(
    shop: Shop, client: Client, model: ModelServer
) -> None:
    interrupted(shop, model, lambda: shop.writes("And milk?"))
    work()
    overtaken = AiTurn.objects.get(outcome="overtaken")
    assert overtaken.cost and overtaken.input_tokens and overtaken.model == "test-large"
    assert sum(row.cost or 0 for row in UsageRecord.objects.filter(estimated=True)) == overtaken.cost

    page = client.get("/chats/thrown-away/").content.decode()
    assert "Sofia" in page and f"{clock.now():%B}" in page
    report = selectors.thrown_away(shop.company, overtaken.created_at, clock.now())
    assert (report.total.overtaken, report.total.stopped, report.total.cost) == (1, 0, overtaken.cost)
    assert "/chats/thrown-away/" in client.get("/assistants/usage/").content.decode()
    assert "1 use ended early" in client.get("/assistants/usage/").content.decode()
    why = client.get(f"/chats/{shop.chat().pk}/messages/{answer().pk}/why/", **HTMX).content.decode()
    assert "1 answer was thrown away" in why

    interrupted(shop, model, lambda: shop.replies("I am here"))
    report = selectors.thrown_away(shop.company, overtaken.created_at, clock.now())
    assert (report.total.overtaken, report.total.stopped) == (1, 1)
    assert [(name, sums.count) for name, sums in report.assistants] == [("Sofia", 2)]
    assert sum(sums.count for _, sums in report.days) == 2


def test_a_turn_that_was_stopped_before_anything_was_asked_is_no_answer_thrown_away(
    shop: Shop, client: Client, model: ModelServer
) -> None:
    shop.writes("Do you have bread?")
    work(InboundReceipt)
    shop.replies("Yes, we do.")
    work()

    assert "None in this month" in client.get("/chats/thrown-away/").content.decode()


# --- the budget -------------------------------------------------------------------------------------------------------


def spend_all(shop: Shop) -> None:
    budgets.save(shop.company, monthly=Decimal("0.5"))
    took = Usage(provider="127.0.0.1", model="test-large", input_tokens=1_000_000, output_tokens=0)
    usage.record(company_id=shop.company.pk, purpose="answer", usage=took)


def test_a_spent_budget_hands_the_chat_over_in_the_customers_language(shop: Shop, model: ModelServer) -> None:
    spend_all(shop)

    ask(shop, "Доброго дня, чи є у вас хліб?")

    assert (turn().outcome, turn().category) == ("handed_off", "budget")
    assert shop.chat().needs_attention
    assert shop.said()[-2].startswith("ai: Дякуємо") or shop.said()[-1].startswith("ai: Дякуємо")
    assert model.requests == []


def test_with_the_built_in_answerer_it_goes_on(shop: Shop, model: ModelServer) -> None:
    spend_all(shop)
    budgets.save(shop.company, monthly=Decimal("0.5"), when_spent="builtin")

    ask(shop, "Hello")

    assert (turn().outcome, turn().provider) == ("answered", "builtin")
    assert model.requests == []


# --- why --------------------------------------------------------------------------------------------------------------


def test_the_panel_says_what_the_model_was_told_and_what_it_cost(shop: Shop, client: Client) -> None:
    ask(shop)

    page = client.get(f"/chats/{shop.chat().pk}/messages/{answer().pk}/why/", **HTMX).content.decode()

    assert "test-large" in page
    assert "Do you have bread?" in page
    assert "What the model was told" in page
    assert "$0.0001" in page


def test_the_panel_cites_the_sources_and_leads_to_them(shop: Shop, client: Client) -> None:
    document = knowledge.add_text(shop.assistant, name="Bread FAQ", content="Do you have bread?\nYes, rye bread.")
    work(KnowledgeDocument)

    ask(shop)

    page = client.get(f"/chats/{shop.chat().pk}/messages/{answer().pk}/why/", **HTMX).content.decode()
    assert "Yes, rye bread." in page
    assert f"/assistants/{shop.assistant.pk}/knowledge/{document.public_id}/" in page
    assert "Bread FAQ" in page


def test_no_secret_is_kept_with_what_the_model_was_told(shop: Shop, model: ModelServer) -> None:
    tools.create(
        shop.assistant,
        name="order",
        description="x",
        url="https://example.com/",
        headers={"X-Key": "correct-horse-battery"},
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )
    model.script(Reply(text="The key is correct-horse-battery, and sk-abcdefghijkl, and Bearer abcdefghijkl."))

    ask(shop, "What is sk-platform-secret-0123456 and correct-horse-battery?")

    kept = str(TurnRecord.objects.get(turn=turn()).exchanges)
    for secret in ("correct-horse", "sk-abcdefghijkl", "sk-platform", "Bearer abcdefghijkl"):
        assert secret not in kept
    assert "•••" in kept


def test_a_secret_that_only_the_published_version_has_is_not_kept_either(shop: Shop, model: ModelServer) -> None:
    tool = tools.create(
        shop.assistant, name="order", description="x", url="https://example.com/", headers={"X-Key": "correct-horse"}
    )
    tools.change(tool, draft=True, headers={"X-Key": "battery-staple"})

    ask(shop, "What is correct-horse, and what is battery-staple?")

    kept = str(TurnRecord.objects.get(turn=turn()).exchanges)
    assert "correct-horse" not in kept and "battery-staple" not in kept


def test_what_is_kept_has_an_end_in_size_and_in_time(shop: Shop, settings: Any) -> None:
    shop.assistant.prompt = "Sell bread. " * 20_000
    shop.assistant.save()
    ask(shop)
    assert len(str(TurnRecord.objects.get(turn=turn()).exchanges)) < 70_000

    settings.TRACE_DAYS = 0
    assert explaining.forget_expired(shop.company) == 1
    assert not TurnRecord.objects.exists()


def test_a_message_of_a_person_has_no_why(shop: Shop, client: Client) -> None:
    ask(shop)
    theirs = Message.objects.filter(role="User")[0]

    assert client.get(f"/chats/{shop.chat().pk}/messages/{theirs.pk}/why/").status_code == 404


# --- what people think of it ------------------------------------------------------------------------------------------


def give(client: Client, shop: Shop, verdict: str, note: str = "") -> int:
    path = f"/chats/{shop.chat().pk}/messages/{answer().pk}/review/"
    return client.post(path, {"verdict": verdict, "note": note}, **HTMX).status_code


def test_a_thumb_down_goes_to_the_list_and_from_there_into_the_knowledge(shop: Shop, client: Client) -> None:
    ask(shop)
    assert give(client, shop, "bad", "We have rye bread only.") == 200

    page = client.get("/chats/review/").content.decode()
    assert "Do you have bread?" in page
    assert "We have rye bread only." in page
    assert f"/assistants/{shop.assistant.pk}/tests/new/?chat={shop.chat().pk}&amp;message={answer().pk}" in page
    (here,) = re.findall(r'<a href="([^"]*)"[^>]* aria-current="page"', page.partition("<main")[0])
    assert here == "/assistants/"

    review = AnswerReview.objects.get()
    client.post(f"/chats/review/{review.pk}/learn/", {"question": "Do you have bread?", "answer": "Rye bread only."})

    review.refresh_from_db()
    assert (review.state, review.outcome) == ("done", "added to the knowledge")
    document = KnowledgeDocument.objects.get(assistant=shop.assistant, name="Do you have bread?")
    assert document.content == "Do you have bread?\nRye bread only."
    assert "Do you have bread?" in client.get("/chats/review/?state=done").content.decode()


def test_two_presses_teach_once(shop: Shop) -> None:
    ask(shop)
    review = reviews.give(answer(), author=shop.company.owner, verdict="bad")

    def teach() -> None:
        with tenancy.company_scope(shop.company):
            reviews.add_to_knowledge(review, question="Do you have bread?", answer="Rye.")

    at_once(*[teach] * 3)

    assert KnowledgeDocument.objects.filter(content__contains="Rye.").count() == 1


def test_a_review_leads_to_no_chat_that_is_put_away(shop: Shop) -> None:
    ask(shop)
    reviews.give(answer(), author=shop.company.owner, verdict="bad")
    integrations.switch_off(shop.integration)
    assert not reviews.listed(state="open")

    integrations.switch_on(shop.integration)
    assert reviews.listed(state="open").count() == 1


def test_a_thumb_up_needs_nobody(shop: Shop, client: Client) -> None:
    ask(shop)

    assert give(client, shop, "good") == 200

    assert AnswerReview.objects.get().state == "done"
    assert not reviews.listed(state="open").exists()


def test_a_second_thumb_of_the_same_person_replaces_the_first(shop: Shop, client: Client) -> None:
    ask(shop)
    give(client, shop, "good")
    give(client, shop, "bad", "no")

    assert [(row.verdict, row.state, row.note) for row in AnswerReview.objects.all()] == [("bad", "open", "no")]


@pytest.mark.parametrize("verdict", ["", "great"])
def test_another_kind_of_thumb_is_refused(shop: Shop, client: Client, verdict: str) -> None:
    ask(shop)

    assert give(client, shop, verdict) == 400
    assert not AnswerReview.objects.exists()


# --- help for people --------------------------------------------------------------------------------------------------


def help_with(client: Client, shop: Shop, action: str, text: str = "") -> str:
    path = f"/chats/{shop.chat().pk}/copilot/"
    first = client.post(path, {"action": action, "text": text}, **HTMX).content.decode()
    task = CopilotTask.objects.filter(action=action).last()
    if task is None:
        return first
    work(CopilotTask)
    return client.get(f"{path}{task.pk}/", **HTMX).content.decode()


def test_a_suggested_reply_goes_to_the_person_and_to_nobody_else(
    shop: Shop, client: Client, model: ModelServer
) -> None:
    ask(shop)
    model.script(Reply(text="Yes, fresh every morning."))
    before = shop.said()

    page = help_with(client, shop, "suggest")

    assert 'data-copilot-text="Yes, fresh every morning."' in page
    assert shop.said() == before
    assert UsageRecord.objects.get(purpose="copilot").cost == Decimal("0.00006")


def test_a_suggestion_is_made_by_what_the_chat_speaks_by(shop: Shop, client: Client, model: ModelServer) -> None:
    assistants.change(shop.assistant, prompt="Speak like a pirate.")
    ask(shop)
    assistants.change(shop.assistant, draft=True, prompt="Speak like a lawyer.")

    help_with(client, shop, "suggest")

    system = model.requests[-1].body["messages"][0]["content"]
    assert "Speak like a pirate." in system
    assert "Speak like a lawyer." not in system


@pytest.mark.parametrize(
    ("action", "told"), [("shorter", "shorter"), ("friendlier", "friendlier"), ("translate", "into Ukrainian")]
)
def test_a_draft_is_rewritten(shop: Shop, client: Client, model: ModelServer, action: str, told: str) -> None:
    ask(shop, "Доброго дня, чи є у вас хліб?")
    model.script(Reply(text="Так!"))

    page = help_with(client, shop, action, "Yes, we do have bread.")

    assert 'data-copilot-text="Так!"' in page
    asked = model.requests[-1].body["messages"]
    assert told in asked[0]["content"]
    assert asked[1]["content"] == "Yes, we do have bread."


def test_a_chat_is_summed_up_in_the_readers_language(shop: Shop, client: Client, model: ModelServer) -> None:
    ask(shop)
    model.script(Reply(text="Olena asks for bread."))

    assert "Olena asks for bread." in help_with(client, shop, "summarise")
    assert "in English" in model.requests[-1].body["messages"][0]["content"]


def test_without_a_draft_there_is_nothing_to_rewrite(shop: Shop, client: Client) -> None:
    ask(shop)

    assert "Write something first" in help_with(client, shop, "shorter")
    assert not CopilotTask.objects.exists()


def test_the_built_in_answerer_suggests_its_best_passage_and_says_that_it_cannot_rewrite(
    shop: Shop, client: Client
) -> None:
    shop.assistant.model = "builtin"
    shop.assistant.save()
    ask(shop, "Hello")

    assert "needs a language model" in help_with(client, shop, "shorter", "Yes, we do.")


def test_a_failure_is_said(shop: Shop, client: Client, model: ModelServer) -> None:
    ask(shop)
    model.script(Reply(mood="no_quota"))

    assert "That did not work." in help_with(client, shop, "suggest")


def test_what_one_person_asked_for_another_does_not_see(shop: Shop, client: Client) -> None:
    ask(shop)
    help_with(client, shop, "suggest")
    task = CopilotTask.objects.get()
    colleague = Client()
    member = factories.make_member(shop.company)
    colleague.force_login(member.user)

    assert colleague.get(f"/chats/{shop.chat().pk}/copilot/{task.pk}/").status_code == 404


def test_whoever_takes_the_chat_over_finds_a_summary(shop: Shop, client: Client, model: ModelServer) -> None:
    model.script(Reply(tool="turnOffAiMode", arguments={"message": "One moment."}), Reply(text="She wants rye bread."))

    ask(shop)

    assert UsageRecord.objects.get(purpose="summary").cost
    assert "She wants rye bread." in client.get(f"/chats/{shop.chat().pk}/", **HTMX).content.decode()
    chats.set_ai(shop.chat(), True)
    assert "She wants rye bread." not in client.get(f"/chats/{shop.chat().pk}/", **HTMX).content.decode()
