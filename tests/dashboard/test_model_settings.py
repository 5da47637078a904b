"""Settings → AI model: what its form refuses before anything is asked or kept."""

import pytest
from django.test import Client

from assistants.models import ModelSettings
from happ_project.companies.models import Company, User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("field", ["base_url", "transcription_url"])
def test_an_address_that_is_too_long_is_refused(alice: User, company: Company, field: str) -> None:
    client = Client()
    client.force_login(alice)

    answer = client.post("/assistants/model/", {"api_key": "sk-x", field: f"https://llm.example.com/{'v' * 200}"})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not ModelSettings._base_manager.exists()
