"""No company has more of a sort than the operator lets it, and whoever asks for more hears why."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from assistants.services import assistants, knowledge
from happ_project.companies.models import Company, User
from happ_project.companies.services import access_tokens, companies, invitations
from happ_project.core import allowance, tenancy
from happ_project.files import services as files
from integrations.services import integrations, webhooks
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_of_each(settings: Any) -> None:
    settings.MOST = dict.fromkeys(settings.MOST, 1)


@pytest.fixture
def browser(alice: User) -> Client:
    signed_in = Client()
    signed_in.force_login(alice)
    return signed_in


def test_no_sort_has_more_than_it_may(company: Company, alice: User, fresh_limits: None) -> None:
    with tenancy.company_scope(company):
        assistant = assistants.create(company_id=company.pk, name="Sofia")
        factories.make_integration(company)
        access_tokens.issue(company)
        webhooks.create(company_id=company.pk, url="https://crm.example/happ")
        knowledge.add_text(assistant, name="Hours", content="Nine to five")
        for _twice in range(2):  # a new one of the same address takes the other's place
            invitations.send(company, email="dana@example.com", by=alice)

        for one_more in (
            lambda: companies.create(alice, name="Another"),
            lambda: access_tokens.issue(company),
            lambda: webhooks.create(company_id=company.pk, url="https://crm.example/happ"),
            lambda: assistants.create(company_id=company.pk, name="Marta"),
            lambda: assistants.copy(assistant, company_id=company.pk),
            lambda: knowledge.add_text(assistant, name="Hours", content="Nine to five"),
            lambda: invitations.send(company, email="erin@example.com", by=alice),
            integrations.check_room,
        ):
            with pytest.raises(allowance.Full):
                one_more()


def test_another_company_has_room_of_its_own(company: Company) -> None:
    for each in (company, factories.make_company()):
        with tenancy.company_scope(each):
            webhooks.create(company_id=each.pk, url="https://crm.example/happ")


def test_one_that_is_not_needed_makes_room(company: Company) -> None:
    with tenancy.company_scope(company):
        row, _plain = access_tokens.issue(company)
        access_tokens.revoke(row)
        access_tokens.issue(company)


def test_a_program_is_told(company: Company) -> None:
    _row, plain = access_tokens.issue(company)
    with tenancy.company_scope(company):
        webhooks.create(company_id=company.pk, url="https://crm.example/happ")

    answer = Client().post(
        "/api/webhooks",
        {"url": "https://crm.example/more"},
        content_type="application/json",
        headers={"X-Access-Token": plain},
    )

    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "There are at most 1 webhooks. Remove one that nobody needs.",
    )


def test_a_person_is_led_back_to_the_page_and_told(company: Company, browser: Client) -> None:
    with tenancy.company_scope(company):
        webhooks.create(company_id=company.pk, url="https://crm.example/happ")
    page = "/integrations/webhooks/"

    answer = browser.post(page, {"url": "https://crm.example/more"}, headers={"Referer": f"http://testserver{page}"})

    assert (answer.status_code, answer["Location"]) == (302, f"http://testserver{page}")
    assert "at most 1 webhooks" in browser.get(page).content.decode()


def test_a_fragment_is_led_back_as_a_whole_page(company: Company, browser: Client) -> None:
    with tenancy.company_scope(company):
        webhooks.create(company_id=company.pk, url="https://crm.example/happ")
    elsewhere = {"Referer": "https://evil.example/", "HX-Request": "true"}

    answer = browser.post("/integrations/webhooks/", {"url": "https://crm.example/more"}, headers=elsewhere)

    assert answer["HX-Redirect"] == "/integrations/"


def test_what_was_stored_a_moment_ago_takes_room(company: Company, settings: Any) -> None:
    settings.MOST = {**settings.MOST, "gigabytes": 5 / 2**30}
    with tenancy.company_scope(company):
        files.store(b"one", name="one.txt", mime="text/plain")
        with pytest.raises(files.NoRoom):
            files.store(b"two", name="two.txt", mime="text/plain")


def test_files_fill_the_room_and_what_is_there_may_come_again(company: Company, settings: Any) -> None:
    with tenancy.company_scope(company):
        files.store(b"one", name="one.txt", mime="text/plain")
        settings.MOST = {**settings.MOST, "gigabytes": 0}
        files.store(b"one", name="one.txt", mime="text/plain")
        with pytest.raises(files.NoRoom) as refusal:
            files.store(b"two", name="two.txt", mime="text/plain")
    assert str(refusal.value) == "The company’s files fill their 0 GB. No more can be stored."
    assert isinstance(refusal.value, allowance.Full), "told like every bound where nobody thought of it"
