"""Publishing with tests: the draft has its tests first, and is published by itself when all of them pass."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from assistants.models import Assistant, AssistantTest, Publication, Rehearsal
from assistants.services import assistants, publishing, testing, versions
from happ_project.companies.models import Company, User
from happ_project.core import tenancy
from tests.api.conftest import program
from tests.doubles.model import ModelServer, Reply
from tests.speaking import model
from tests.working import Time, at_once, time, work, work_for

__all__ = ["model", "time"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def assistant(in_company: Company, model: ModelServer) -> Assistant:
    """One whose draft differs from what is published."""
    model.script(Reply(text="We open at nine."))
    made = assistants.create(company_id=in_company.pk, name="Sofia", prompt="Sell bread.", language="en")
    assistants.change(made, draft=True, prompt="Sell cake.")
    return made


@pytest.fixture
def page(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def make_test(assistant: Assistant, wanted: str = "at nine") -> AssistantTest:
    expectations = [{"kind": "mentions", "text": wanted}]
    return testing.create(assistant, name=f"Says {wanted}", lines=["When do you open?"], expectations=expectations)


def path(assistant: Assistant, tail: str = "") -> str:
    return f"/assistants/{assistant.pk}/publish/{tail}"


def live(assistant: Assistant) -> str:
    return versions.published(assistant).prompt


def test_without_tests_it_is_published_at_once(page: Client, assistant: Assistant, model: ModelServer) -> None:
    page.post(path(assistant))

    assert live(assistant) == "Sell cake."
    assert not Publication.objects.exists()


def test_with_tests_that_pass_it_is_published_by_itself(
    page: Client, assistant: Assistant, alice: User, time: Time
) -> None:
    make_test(assistant)
    make_test(assistant, "We open")

    shown = page.post(path(assistant), {"note": "Cake sells better"}, follow=True).content.decode()
    assert live(assistant) == "Sell bread.", "it waits for its tests"
    assert "The draft has its tests" in shown and "Says at nine" in shown
    (progress,) = re.findall(r'hx-get="([^"]*/publish/\d+/)"', shown)
    work(Rehearsal)
    assert "2 of 2 tests passed" in page.get(progress).content.decode()
    work_for(time, 2)

    newest = versions.latest(assistant)
    assert (newest.settings["prompt"], newest.note, newest.author) == ("Sell cake.", "Cake sells better", alice)
    assert page.get(progress)["HX-Redirect"] == f"/assistants/{assistant.pk}/versions/"
    assert "Version 2 is published" in page.get(f"/assistants/{assistant.pk}/versions/").content.decode()


def test_with_a_test_that_fails_it_waits_for_a_person(page: Client, assistant: Assistant, time: Time) -> None:
    make_test(assistant)
    make_test(assistant, "at ten")
    page.post(path(assistant), {"note": "Cake"})
    work_for(time, 3)

    assert live(assistant) == "Sell bread."
    shown = page.get(path(assistant)).content.decode()
    assert "Nothing was published: not every test passed." in shown
    assert "Says at ten" in shown and "Says at nine" not in shown
    assert "Publish anyway" in shown and "Back to the draft" in shown

    page.post(path(assistant), {"anyway": "1"})
    assert (live(assistant), versions.latest(assistant).note) == ("Sell cake.", "Cake")


def test_what_passed_on_this_draft_is_not_tried_again(page: Client, assistant: Assistant, time: Time) -> None:
    make_test(assistant)
    testing.run(assistant)
    work(Rehearsal)

    page.post(path(assistant))

    assert live(assistant) == "Sell cake."
    assert Rehearsal.objects.count() == 1


def test_a_draft_that_changes_while_it_is_tested_is_not_published(
    page: Client, assistant: Assistant, time: Time
) -> None:
    make_test(assistant)
    page.post(path(assistant))
    assistants.change(assistant, draft=True, prompt="Sell cars.")
    work_for(time, 3)

    assert live(assistant) == "Sell bread."
    assert Publication.objects.get().reason == "the draft was changed meanwhile"
    assert "Nothing was published" not in page.get(path(assistant)).content.decode(), "that was another draft"


def test_a_person_may_go_back_to_the_draft_while_it_is_tested(page: Client, assistant: Assistant, time: Time) -> None:
    make_test(assistant)
    page.post(path(assistant))

    answer = page.post(path(assistant, "stop/"))
    work_for(time, 3)

    assert answer["Location"] == f"/assistants/{assistant.pk}/"
    assert live(assistant) == "Sell bread."


def test_a_judge_that_is_away_holds_it_back_in_the_end(
    page: Client, assistant: Assistant, model: ModelServer, time: Time
) -> None:
    model.script(Reply(text="We open at nine."), Reply(mood="failing"))
    warm = [{"kind": "says", "text": "It is warm"}]
    testing.create(assistant, name="Warm", lines=["When?"], expectations=warm)
    page.post(path(assistant))
    work_for(time, 60)

    assert Publication.objects.get().outcome == "held"
    assert "could not be run" in page.get(path(assistant)).content.decode()


def test_two_who_publish_at_once_publish_once(assistant: Assistant, alice: User, time: Time) -> None:
    make_test(assistant)

    def press() -> Any:
        with tenancy.company_scope(assistant.company_id):
            return publishing.ask(assistant, author=alice)

    assert at_once(*[press] * 3) == [None] * 3
    work_for(time, 3)

    assert Publication.objects.get().outcome == "published"
    assert assistant.versions.count() == 2


def test_a_test_that_is_deleted_meanwhile_is_not_waited_for(assistant: Assistant, alice: User, time: Time) -> None:
    make_test(assistant)
    slow = make_test(assistant, "at ten")
    publishing.ask(assistant, author=alice)
    slow.delete()
    work_for(time, 3)

    assert live(assistant) == "Sell cake."


def test_what_programs_change_is_published_at_once_without_tests(assistant: Assistant, in_company: Company) -> None:
    make_test(assistant, "at ten")

    program(in_company).patch(f"/api/assistants/{assistant.pk}", {"promptText": "Sell tea."})

    assert live(assistant) == "Sell tea."
    assert not Rehearsal.objects.exists()
