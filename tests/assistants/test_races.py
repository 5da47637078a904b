"""Two presses of a button at the same moment: both are answered, and what they asked for is there once."""

from decimal import Decimal

from assistants.models import Budget, ModelSettings
from assistants.services import budgets, providers
from happ_project.core import tenancy
from tests import factories
from tests.working import at_once, committed

__all__ = ["committed"]


def test_the_first_access_to_a_model_is_saved_twice(committed: None) -> None:
    company = factories.make_company()

    def save() -> None:
        with tenancy.company_scope(company):
            providers.save_settings(company.pk, api_key="sk-one", model="small")

    at_once(*[save] * 4)

    with tenancy.company_scope(company):
        row = ModelSettings.objects.get()
    assert (row.credentials["api_key"], row.model) == ("sk-one", "small")


def test_the_first_budget_is_saved_twice(committed: None) -> None:
    company = factories.make_company()

    def save() -> None:
        with tenancy.company_scope(company):
            budgets.save(company, monthly=Decimal(10))

    at_once(*[save] * 4)

    with tenancy.company_scope(company):
        assert Budget.objects.get().monthly == 10
