"""What models were used for, and what it cost by the prices that are data."""

from decimal import Decimal

import pytest
from django.test import Client

from assistants.models import LlmModel, UsageRecord
from assistants.services import reports, usage
from assistants.types import Usage
from happ_project.companies.models import Company
from happ_project.core import clock
from tests import factories

pytestmark = pytest.mark.django_db


def used(model: str = "gpt-5.4-mini", *, provider: str = "openai", given: int | None = 1000, taken: int | None = 100):
    return Usage(provider=provider, model=model, input_tokens=given, output_tokens=taken, seconds=1.5)


@pytest.fixture(autouse=True)
def prices() -> None:
    """The rows of the migration, whatever other tests left."""
    for name, given, taken in (("gpt-5.4-mini", "0.75", "4.5"), ("gpt-6.2-sol", None, None)):
        LlmModel.objects.update_or_create(
            provider="openai", name=name, kind="text", defaults={"input_price": given, "output_price": taken}
        )


def test_a_use_is_written_down_at_the_price_of_its_model(in_company: Company) -> None:
    assistant = factories.make_assistant(in_company)

    row = usage.record(
        company_id=in_company.pk, assistant_id=assistant.pk, purpose="copilot", usage=used(), subject="chat-7"
    )

    row.refresh_from_db()
    assert (row.purpose, row.subject, row.assistant) == ("copilot", "chat-7", assistant)
    assert (row.model, row.input_tokens, row.output_tokens, row.seconds) == ("gpt-5.4-mini", 1000, 100, 1.5)
    assert row.cost == Decimal("0.0012")  # 1000 × 0.75 + 100 × 4.50 per million


def test_the_price_of_a_model_nobody_knows_is_unknown_and_not_nothing(in_company: Company) -> None:
    costs = [usage.cost_of(used("gpt-6.2-sol")), usage.cost_of(used("gpt-5.4-mini", provider="llm.example.com"))]

    assert costs == [None, None]
    assert usage.record(company_id=in_company.pk, purpose="test", usage=used("unheard-of")).cost is None


def test_a_dated_version_costs_what_its_model_costs() -> None:
    assert usage.cost_of(used("gpt-5.4-mini-2026-03-17")) == Decimal("0.0012")


def test_a_price_of_a_servers_own_is_found_under_its_host() -> None:
    LlmModel.objects.create(provider="llm.example.com", name="qwen", input_price=Decimal(1), output_price=Decimal(2))

    assert usage.cost_of(used("qwen", provider="llm.example.com")) == Decimal("0.0012")


def test_tokens_that_the_server_did_not_count_have_no_cost() -> None:
    assert usage.cost_of(used(given=None, taken=None)) is None


@pytest.mark.parametrize("provider", ["builtin", "scripted", "local"])
def test_what_runs_in_our_own_processes_costs_nothing(provider: str) -> None:
    assert usage.cost_of(used("any", provider=provider, given=None, taken=None)) == 0


def test_half_a_price_is_no_price_for_what_needs_the_other_half() -> None:
    LlmModel.objects.create(provider="openai", name="half", input_price=Decimal(1), output_price=None)

    assert usage.cost_of(used("half")) is None
    assert usage.cost_of(used("half", taken=0)) == Decimal("0.001")


def test_the_book_survives_its_assistant(in_company: Company) -> None:
    assistant = factories.make_assistant(in_company)
    row = usage.record(company_id=in_company.pk, assistant_id=assistant.pk, purpose="test", usage=used())

    assistant.delete()

    assert UsageRecord.objects.get(pk=row.pk).assistant is None


def test_a_month_is_summed_up_for_the_company_its_assistants_and_each_chat(in_company: Company, client: Client) -> None:
    marta, sofia = (factories.make_assistant(in_company, name=name) for name in ("Marta", "Sofia"))
    for assistant, purpose, subject in (
        (marta, "answer", "chat-7"),
        (marta, "answer", "chat-8"),
        (sofia, "copilot", "chat-7"),
    ):
        usage.record(
            company_id=in_company.pk, assistant_id=assistant.pk, purpose=purpose, usage=used(), subject=subject
        )

    report = reports.of_month(in_company, clock.now())

    assert report.total == reports.Sums(
        calls=3, input_tokens=3000, output_tokens=300, seconds=4.5, cost=Decimal("0.0036")
    )
    for rows, calls in ((report.assistants, [2, 1]), (report.models, [3]), (report.purposes, [2, 1])):
        assert [row.sums.calls for row in rows] == calls
    assert [(row.key, row.sums.cost) for row in report.assistants] == [
        ("Marta", Decimal("0.0024")),
        ("Sofia", Decimal("0.0012")),
    ]
    assert sum(sums.calls for _day, sums in report.days) == 3
    assert reports.of_subject(in_company.pk, "chat-7").cost == Decimal("0.0024")
    client.force_login(in_company.owner)
    assert "Sofia" in client.get("/assistants/usage/").content.decode()
