"""The address of an action, opened in a browser, leads to the page the action belongs to."""

import pytest
from django.test import Client

from happ_project.companies.models import Company, User
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = {"HTTP_ACCEPT": "text/html,application/xhtml+xml"}


@pytest.fixture
def client(alice: User, company: Company) -> Client:
    signed_in = Client()
    signed_in.force_login(alice)
    return signed_in


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/integrations/add/whatsapp/", "/integrations/add/"),
        ("/integrations/{integration}/switch/", "/integrations/{integration}/"),
        ("/chats/{chat}/messages/{chat}/repeat/", "/chats/{chat}/"),
    ],
)
def test_it_leads_to_the_page_above(client: Client, company: Company, address: str, page: str) -> None:
    chat = factories.make_chat(company)
    names = {"integration": chat.integration_id, "chat": chat.pk}

    answer = client.get(address.format(**names), **PAGE)

    assert (answer.status_code, answer["Location"]) == (302, page.format(**names))
    assert client.get(answer["Location"], **PAGE).status_code == 200


def test_whoever_is_no_browser_is_told_the_truth(client: Client) -> None:
    assert client.get("/integrations/add/whatsapp/", HTTP_ACCEPT="application/json").status_code == 405
    assert client.get("/integrations/add/whatsapp/", HTTP_HX_REQUEST="true", **PAGE).status_code == 405
    assert client.put("/integrations/add/whatsapp/", **PAGE).status_code == 405
    assert client.get("/webhooks/widget/unknown/", **PAGE).status_code in {404, 405}
