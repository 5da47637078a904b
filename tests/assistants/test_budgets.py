"""A company's limit for a month: warned of once, then nothing that costs money is asked."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail

from assistants.errors import BudgetSpent
from assistants.llm.builtin import BuiltinModel
from assistants.llm.fallback import WithFallback
from assistants.models import LlmModel, UsageRecord
from assistants.services import budgets, providers, usage
from assistants.types import Usage
from happ_project.companies.models import Company, Mail
from happ_project.core import jobs, tenancy
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def price() -> None:
    LlmModel.objects.create(provider="test", name="dear", input_price=Decimal(500_000), output_price=Decimal(0))


@pytest.fixture
def platform(settings: object) -> None:
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.OPENAI_MODEL = "sk-x", "https://llm.example/v1", "big"


def spend(company: Company, dollars: int) -> None:
    took = Usage(provider="test", model="dear", input_tokens=2 * dollars, output_tokens=0)
    usage.record(company_id=company.pk, purpose="answer", usage=took)


def no_search(question: str) -> list:
    return []


def send_mails() -> None:
    for letter in Mail.objects.filter(state="waiting").order_by("id"):
        jobs.run("companies.Mail", letter.pk, letter.company_id)


def test_without_a_limit_nothing_stops(platform: None, in_company: Company) -> None:
    spend(in_company, 1000)

    assert budgets.state(in_company) is None
    assert providers.resolve(factories.make_assistant(in_company), search=no_search).name == "big"


def test_a_spent_budget_stops_what_costs_money(platform: None, in_company: Company) -> None:
    assistant = factories.make_assistant(in_company)
    budgets.save(in_company, monthly=Decimal(10))
    spend(in_company, 9)
    assert providers.resolve(assistant, search=no_search).name == "big"

    spend(in_company, 1)

    with pytest.raises(BudgetSpent):
        providers.resolve(assistant, search=no_search)


def test_the_owner_may_choose_to_go_on_with_what_costs_nothing(platform: None, in_company: Company) -> None:
    budgets.save(in_company, monthly=Decimal(10), when_spent="builtin")
    spend(in_company, 10)

    assert isinstance(providers.resolve(factories.make_assistant(in_company), search=no_search), BuiltinModel)


def test_the_built_in_answerer_knows_no_budget(platform: None, in_company: Company) -> None:
    budgets.save(in_company, monthly=Decimal(10))
    spend(in_company, 10)

    assistant = factories.make_assistant(in_company, model="builtin")

    assert isinstance(providers.resolve(assistant, search=no_search), BuiltinModel)


def test_the_owner_is_warned_once_and_told_once_that_it_is_spent(in_company: Company) -> None:
    budgets.save(in_company, monthly=Decimal(10))
    for _ in range(7):
        spend(in_company, 1)
    send_mails()
    assert mail.outbox == []

    spend(in_company, 1)
    spend(in_company, 1)
    send_mails()
    spend(in_company, 1)
    spend(in_company, 1)
    send_mails()

    assert [letter.subject for letter in mail.outbox] == [
        "Bakery: 80 % of this month's AI budget is spent",
        "Bakery: this month's AI budget is spent",
    ]
    assert mail.outbox[0].to == ["alice@example.com"]
    assert "$8.00 of $10.00" in mail.outbox[0].body
    assert "/assistants/usage/" in mail.outbox[0].body


def test_a_raised_limit_is_warned_of_anew(in_company: Company) -> None:
    budgets.save(in_company, monthly=Decimal(10))
    spend(in_company, 10)
    send_mails()

    budgets.save(in_company, monthly=Decimal(20))
    spend(in_company, 7)
    send_mails()

    assert [letter.subject.partition(": ")[2] for letter in mail.outbox] == [
        "this month's AI budget is spent",
        "85 % of this month's AI budget is spent",
    ]


def test_the_month_begins_at_the_companys_midnight(in_company: Company) -> None:
    in_company.timezone = "Europe/Kyiv"
    first = budgets.month_of(in_company, datetime(2026, 11, 22, 12, tzinfo=UTC))
    assert first.astimezone(UTC) == datetime(2026, 10, 31, 22, tzinfo=UTC)

    for moment in (first - timedelta(seconds=1), first):
        took = Usage(provider="test", model="dear", input_tokens=2, output_tokens=0)
        row = usage.record(company_id=in_company.pk, purpose="answer", usage=took)
        UsageRecord.objects.filter(pk=row.pk).update(at=moment)

    assert budgets.spent_since(in_company.pk, first) == 1


def test_what_has_no_price_does_not_count(in_company: Company) -> None:
    budgets.save(in_company, monthly=Decimal(10))
    took = Usage(provider="llm.example", model="free", input_tokens=10**6, output_tokens=10**6)
    usage.record(company_id=in_company.pk, purpose="answer", usage=took)

    assert budgets.state(in_company).spent == 0


def test_a_limit_can_be_taken_away(platform: None, in_company: Company) -> None:
    budgets.save(in_company, monthly=Decimal(0))
    budgets.save(in_company, monthly=None)

    assert providers.resolve(factories.make_assistant(in_company), search=no_search).name == "big"


def test_another_companys_spending_is_its_own(in_company: Company) -> None:
    budgets.save(in_company, monthly=Decimal(10))
    other = factories.make_company()
    with tenancy.company_scope(other):
        spend(other, 50)

    assert budgets.state(in_company).spent == 0


def test_a_model_in_reserve_stands_behind_the_companys_own(in_company: Company) -> None:
    providers.save_settings(in_company.pk, api_key="sk-theirs-own", model="large", fallback_model="small")
    assistant = factories.make_assistant(in_company)

    assert isinstance(providers.resolve(assistant, search=no_search), WithFallback)
    assistant.model = "small"
    assert not isinstance(providers.resolve(assistant, search=no_search), WithFallback)


def test_a_model_in_reserve_stands_behind_the_platforms(platform: None, in_company: Company, settings: object) -> None:
    settings.OPENAI_FALLBACK_MODEL = "small"

    assert isinstance(providers.resolve(factories.make_assistant(in_company), search=no_search), WithFallback)
