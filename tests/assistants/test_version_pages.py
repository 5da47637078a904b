"""The pages of versions: what waits, what changed, publishing and going back."""

import pytest
from django.test import Client

from assistants.models import Assistant
from assistants.services import assistants, tools, versions
from happ_project.companies.models import Company, User
from happ_project.core import tenancy
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def assistant(in_company: Company) -> Assistant:
    return assistants.create(company_id=in_company.pk, name="Sofia", prompt="Sell bread.")


@pytest.fixture
def page(client: Client, alice: User, company: Company) -> Client:
    client.force_login(alice)
    return client


def path(assistant: Assistant, tail: str = "") -> str:
    return f"/assistants/{assistant.pk}/{tail}"


def form(**changes: str) -> dict[str, str]:
    bounds = {"answers_per_hour": "20", "most_answers": "0"}
    return {"name": "Sofia", "prompt": "Sell bread.", "ai_auto_return_delay_minutes": "30", **bounds, **changes}


def test_saving_makes_a_draft_that_every_tab_speaks_of(page: Client, assistant: Assistant) -> None:
    assert "Unpublished changes" not in page.get(path(assistant)).content.decode()

    page.post(path(assistant), form(prompt="Sell cake."))

    for tail in ("", "knowledge/", "tools/", "test/", "versions/"):
        assert "Unpublished changes" in page.get(path(assistant, tail)).content.decode(), tail
    assert versions.published(assistant).prompt == "Sell bread."


def test_publishing_shows_what_changes_and_keeps_who_and_why(page: Client, assistant: Assistant, alice: User) -> None:
    page.post(path(assistant), form(prompt="Sell cake."))
    shown = page.get(path(assistant, "publish/")).content.decode()
    assert "Sell bread." in shown and "Sell cake." in shown

    answer = page.post(path(assistant, "publish/"), {"note": "Cake sells better"}, follow=True)

    newest = versions.latest(assistant)
    assert (newest.number, newest.author, newest.note) == (2, alice, "Cake sells better")
    assert newest.settings["prompt"] == "Sell cake."
    assert "Cake sells better" in answer.content.decode()


def test_publishing_nothing_says_so(page: Client, assistant: Assistant) -> None:
    assert "Nothing to publish" in page.get(path(assistant, "publish/")).content.decode()

    answer = page.post(path(assistant, "publish/"), follow=True)

    assert "There is nothing new to publish." in answer.content.decode()
    assert versions.latest(assistant).number == 1


def test_two_versions_are_compared(page: Client, assistant: Assistant) -> None:
    assistants.change(assistant, prompt="Sell cake.")
    tools.create(assistant, name="order", url="https://shop.example/", secret="s-secret")

    shown = page.get(path(assistant, "versions/compare/?from=1&to=3")).content.decode()
    assert "Sell cake." in shown and "Tool order" in shown and "s-secret" not in shown
    assert "Nothing differs" in page.get(path(assistant, "versions/compare/?from=3&to=draft")).content.decode()


@pytest.mark.parametrize("wrong", ["?from=99", "?to=x", "?from=-1", "?to=²"])
def test_a_version_that_is_not_there_is_not_found(page: Client, assistant: Assistant, wrong: str) -> None:
    assert page.get(path(assistant, f"versions/compare/{wrong}")).status_code == 404


def test_going_back_by_one_button(page: Client, assistant: Assistant) -> None:
    first = versions.latest(assistant)
    assistants.change(assistant, prompt="Sell cake.")

    page.post(path(assistant, f"versions/{first.pk}/restore/"))

    assistant.refresh_from_db()
    assert (assistant.prompt, versions.latest(assistant).number) == ("Sell bread.", 3)
    assert "version 1" in page.get(path(assistant, "versions/")).content.decode()


def test_a_version_of_another_assistant_cannot_be_brought_back_here(page: Client, assistant: Assistant) -> None:
    other = versions.latest(factories.make_assistant(assistant.company, prompt="Other"))

    assert page.post(path(assistant, f"versions/{other.pk}/restore/")).status_code == 404
    assert versions.latest(assistant).number == 1


def test_discarding_takes_the_published_words_back(page: Client, assistant: Assistant) -> None:
    page.post(path(assistant), form(prompt="Sell cake."))
    page.post(path(assistant, "discard/"))

    assistant.refresh_from_db()
    assert assistant.prompt == "Sell bread."


def test_conversations_under_way_are_brought_along_by_a_button(page: Client, assistant: Assistant) -> None:
    chat = factories.make_chat(assistant.company, assistant=assistant)
    chat.assistant_version = versions.latest(assistant)
    chat.save()
    assistants.change(assistant, prompt="Sell cake.")
    behind = f"/chats/behind/{assistant.pk}/"
    assert "1 conversation under way" in page.get(behind).content.decode()

    assert "1 conversation speaks" in page.post(behind).content.decode()

    chat.refresh_from_db()
    assert chat.assistant_version is None


def test_a_copy_is_published_with_its_tools_and_keeps_secrets_at_home(
    page: Client, assistant: Assistant, alice: User
) -> None:
    tools.create(assistant, name="order", url="https://shop.example/", secret="s-secret")
    other = factories.make_company(owner=alice, name="Second bakery")
    User.objects.filter(pk=alice.pk).update(current_company=assistant.company)

    answer = page.post(path(assistant, "copy/"))
    page.post(path(assistant, "copy/"), {"company": str(other.pk)})

    twin = Assistant.objects.exclude(pk=assistant.pk).get()
    assert answer.headers["Location"] == path(twin)
    assert (twin.name, versions.latest(twin).number, versions.is_changed(twin)) == ("Sofia (copy)", 1, False)
    assert twin.tools.get().secret["secret"] == "s-secret"
    with tenancy.company_scope(other):
        there = Assistant.objects.get()
        assert (there.name, there.tools.get().secret.get("secret")) == ("Sofia", None)


def test_nobody_copies_into_a_company_that_is_not_theirs(page: Client, assistant: Assistant, charlie: User) -> None:
    theirs = charlie.memberships.get().company

    assert page.post(path(assistant, "copy/"), {"company": str(theirs.pk)}).status_code == 404


def test_a_language_set_over_the_api_stays_when_the_page_is_saved(page: Client, assistant: Assistant) -> None:
    page.post(path(assistant), form(language="pl"))
    assistant.refresh_from_db()
    assert assistant.language == "pl"

    shown = page.get(path(assistant)).content.decode()

    assert '<option value="pl" selected>Polish</option>' in shown


def test_nobody_copies_into_a_company_where_they_may_not_make_assistants(
    page: Client, assistant: Assistant, alice: User
) -> None:
    other = factories.make_company(owner=alice)
    User.objects.filter(pk=alice.pk).update(current_company=assistant.company)
    alice.memberships.filter(company=other).update(role="guest")

    assert page.post(path(assistant, "copy/"), {"company": str(other.pk)}).status_code == 403
    assert Assistant._base_manager.count() == 1
