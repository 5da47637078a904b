"""The playground: the draft is tried before customers meet it, beside a second one if wanted, and says why."""

from collections.abc import Iterator

import pytest
from django.test import Client

from assistants.models import Assistant
from assistants.services import assistants, versions
from conversations.models import AiTurn, Chat
from happ_project.companies.models import Company, User
from happ_project.core import tenancy
from tests.working import Mind, Time, work_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def scoped(company: Company) -> Iterator[Company]:
    with tenancy.company_scope(company):
        yield company


@pytest.fixture
def assistant(scoped: Company) -> Assistant:
    made = assistants.create(company_id=scoped.pk, name="Sofia", prompt="published", first_message="Hi!")
    return assistants.change(made, draft=True, prompt="draft")


@pytest.fixture
def page(client: Client, alice: User, company: Company) -> Client:
    client.force_login(alice)
    return client


def path(assistant: Assistant, tail: str = "") -> str:
    return f"/chats/playground/{assistant.pk}/{tail}"


def say(page: Client, assistant: Assistant, time: Time, text: str = "When do you open?") -> str:
    page.post(path(assistant, "say/"), {"text": text, "clientKey": text})
    work_for(time, 30)
    return page.get(path(assistant, "live/")).content.decode()


def spoke(mind: Mind) -> list[tuple[str, str]]:
    return [(each.prompt, each.model) for each in mind.speakers]


def test_the_playground_speaks_the_draft(page: Client, assistant: Assistant, mind: Mind, time: Time) -> None:
    assert "Hi!" in page.get(path(assistant)).content.decode()

    assert "We open at nine." in say(page, assistant, time)
    assert spoke(mind) == [("draft", "")]


def test_two_sides_hear_the_same_and_speak_by_their_own(
    page: Client, assistant: Assistant, mind: Mind, time: Time
) -> None:
    page.get(path(assistant))
    page.post(path(assistant, "setup/"), {"side": "b", "version": "1", "model": "other-model"})
    mind.says = ["From the draft", "From version one"]
    shown = say(page, assistant, time)

    assert sorted(spoke(mind)) == [("draft", ""), ("published", "other-model")]
    assert shown.count("When do you open?") == 2
    assert "From the draft" in shown and "From version one" in shown


def test_other_instructions_are_tried_without_being_saved(
    page: Client, assistant: Assistant, mind: Mind, time: Time
) -> None:
    page.get(path(assistant))
    page.post(path(assistant, "setup/"), {"side": "a", "prompt": "Be very brief."})
    say(page, assistant, time)

    assert spoke(mind) == [("Be very brief.", "")]
    assistant.refresh_from_db()
    assert (assistant.prompt, versions.published(assistant).prompt) == ("draft", "published")


def test_a_choice_lasts_when_one_starts_again(page: Client, assistant: Assistant, mind: Mind, time: Time) -> None:
    page.get(path(assistant))
    page.post(path(assistant, "setup/"), {"side": "a", "version": "1"})
    say(page, assistant, time)
    page.post(path(assistant, "restart/"))
    shown = say(page, assistant, time, "And on Sunday?")

    assert "When do you open?" not in shown
    assert [prompt for prompt, _model in spoke(mind)] == ["published", "published"]


def test_the_comparison_ends(page: Client, assistant: Assistant) -> None:
    page.get(path(assistant))
    page.post(path(assistant, "setup/"), {"side": "b"})
    assert Chat.objects.count() == 2

    page.post(path(assistant, "setup/"), {"side": "b", "end": "yes"})

    assert Chat.objects.count() == 1


@pytest.mark.parametrize("number", ["99", "x", "-1", "1" * 30])
def test_a_version_that_is_not_there_is_the_draft(
    page: Client, assistant: Assistant, mind: Mind, time: Time, number: str
) -> None:
    page.get(path(assistant))
    page.post(path(assistant, "setup/"), {"side": "a", "version": number})
    say(page, assistant, time)

    assert spoke(mind) == [("draft", "")]


def test_it_says_why(page: Client, assistant: Assistant, mind: Mind, time: Time) -> None:
    assert "Write something" in page.get(path(assistant, "trace/")).content.decode()
    say(page, assistant, time)
    turn = AiTurn.objects.get()
    passage = {"id": "1", "document": "0", "title": "Opening hours", "score": 0.91, "signals": {"words": 0.5}}
    turn.trace = {"passages": [{**passage, "text": "We open at nine every day."}]}
    turn.save()

    for query in ("", f"?turn={turn.pk}"):
        shown = page.get(path(assistant, f"trace/{query}")).content.decode()
        assert "Opening hours" in shown and "We open at nine every day." in shown and "mind-1" in shown
        assert "20 / 4" in shown


def test_why_of_another_persons_chat_is_not_told(
    page: Client, assistant: Assistant, bob: User, mind: Mind, time: Time
) -> None:
    say(page, assistant, time)
    page.force_login(bob)

    shown = page.get(path(assistant, f"trace/?turn={AiTurn.objects.get().pk}")).content.decode()

    assert "mind-1" not in shown
