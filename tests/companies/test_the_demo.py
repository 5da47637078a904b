"""The demo company is made once; who signs in to it does so with the password of now."""

import pytest

from happ_project.companies.models import Company, User
from happ_project.demo import EMAIL, seed

pytestmark = pytest.mark.django_db


def test_a_second_time_only_the_password_is_another() -> None:
    seed.seed("the first password")
    seed.seed("the second password")

    assert Company.objects.filter(owner__email=EMAIL).count() == 1
    user = User.objects.get(email=EMAIL)
    assert user.check_password("the second password")
    assert not user.check_password("the first password")
