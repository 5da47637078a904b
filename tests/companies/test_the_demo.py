"""The demo company is made once; who signs in to it does so with the password of now."""

import pytest

from assistants.models import KnowledgeDocument
from happ_project.companies.models import Company, User
from happ_project.core import tenancy
from happ_project.demo import EMAIL, seed

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_its_assistant_knows_the_shop_before_anybody_asks() -> None:
    company = seed.seed("a password")
    seed.learn(company)

    with tenancy.company_scope(company):
        read = [document.status for document in KnowledgeDocument.objects.all()]
    assert read == ["ready", "ready"]


def test_a_second_time_only_the_password_is_another() -> None:
    seed.seed("the first password")
    seed.seed("the second password")

    assert Company.objects.filter(owner__email=EMAIL).count() == 1
    user = User.objects.get(email=EMAIL)
    assert user.check_password("the second password")
    assert not user.check_password("the first password")
