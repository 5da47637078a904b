"""Versions: what is published stays as it was, whatever happens to the draft."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from assistants.models import Assistant, AssistantTool, AssistantVersion
from assistants.services import assistants, differences, snapshots, tools, versions
from happ_project.companies.models import Company, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def assistant(in_company: Company) -> Assistant:
    return assistants.create(company_id=in_company.pk, name="Sofia", prompt="Sell bread.")


def draft(assistant: Assistant, **fields: Any) -> None:
    assistants.change(assistant, draft=True, **fields)


def add_tool(assistant: Assistant, **fields: Any) -> AssistantTool:
    given = {"name": "order", "url": "https://shop.example/", "secret": "s-secret", "headers": {"X-Key": "k-secret"}}
    return tools.create(assistant, **{**given, **fields})


def test_a_new_assistant_is_published_as_it_is(assistant: Assistant) -> None:
    assert versions.latest(assistant).number == 1
    assert not versions.is_changed(assistant)
    assert versions.published(assistant).prompt == "Sell bread."


def test_a_draft_changes_nothing_until_it_is_published(assistant: Assistant, alice: User) -> None:
    draft(assistant, prompt="Sell cake.")

    assert versions.is_changed(assistant)
    assert versions.published(assistant).prompt == "Sell bread."

    made = versions.publish(assistant, author=alice, note="  Cake sells better  ")
    assert (made.number, made.author, made.note) == (2, alice, "Cake sells better")
    assert versions.published(assistant).prompt == "Sell cake."
    assert not versions.is_changed(assistant)


def test_nothing_new_makes_no_version(assistant: Assistant) -> None:
    with pytest.raises(versions.Unchanged):
        versions.publish(assistant)
    assistants.change(assistant, prompt="Sell bread.")

    assert versions.history(assistant).count() == 1


def test_what_a_program_changes_is_published_without_what_people_have_not_finished(assistant: Assistant) -> None:
    draft(assistant, prompt="Half a thou")

    assistants.change(assistant, first_message="Hi!")

    live = versions.published(assistant)
    assert (live.first_message, live.prompt) == ("Hi!", "Sell bread.")
    assert versions.latest(assistant).origin == AssistantVersion.Origin.API
    assert versions.is_changed(assistant)


def test_tools_are_published_with_their_secrets_which_are_not_readable_at_rest(assistant: Assistant) -> None:
    tool = add_tool(assistant, draft=True)
    assert snapshots.tools_of(versions.published(assistant)) == []

    version = versions.publish(assistant)

    (known,) = snapshots.tools_of(versions.published(assistant))
    assert (known.pk, known.secret["secret"], known.headers["X-Key"]) == (tool.pk, "s-secret", "k-secret")
    assert "secret" not in repr(version.secrets)
    assert not any("-secret" in str(getattr(version, name)) for name in ("settings", "tools", "secrets"))


def test_a_tool_deleted_in_the_draft_serves_on_until_that_is_published(assistant: Assistant) -> None:
    tool = add_tool(assistant)
    tools.remove(tool, draft=True)
    assert [each.name for each in snapshots.tools_of(versions.published(assistant))] == ["order"]

    versions.publish(assistant)
    assert snapshots.tools_of(versions.published(assistant)) == []


def test_a_program_deletes_a_tool_at_once(assistant: Assistant) -> None:
    tools.remove(add_tool(assistant))

    assert snapshots.tools_of(versions.published(assistant)) == []
    assert not versions.is_changed(assistant)


def test_going_back_publishes_the_older_version_anew_with_its_tools(assistant: Assistant, alice: User) -> None:
    add_tool(assistant)
    old = versions.latest(assistant)
    tool = AssistantTool.objects.get()
    tools.change(tool, url="https://elsewhere.example/")
    assistants.change(assistant, prompt="Sell cake.")
    add_tool(assistant, name="other", draft=True)

    made = versions.roll_back(old, author=alice)

    assert (made.number, made.restored, made.origin) == (old.number + 3, old.number, "restored")
    assistant.refresh_from_db()
    assert assistant.prompt == "Sell bread."
    restored = AssistantTool.objects.get()
    assert (restored.pk, restored.url, restored.secret["secret"]) == (tool.pk, "https://shop.example/", "s-secret")
    assert restored.headers["X-Key"] == "k-secret"
    assert not versions.is_changed(assistant)


def test_a_draft_is_discarded(assistant: Assistant) -> None:
    draft(assistant, prompt="Half a thou")
    add_tool(assistant, draft=True)

    versions.discard_draft(assistant)

    assistant.refresh_from_db()
    assert assistant.prompt == "Sell bread."
    assert not AssistantTool.objects.exists()


def test_an_assistant_from_before_there_were_versions_gets_its_first_one(in_company: Company) -> None:
    old = factories.make_assistant(in_company, prompt="Sell tea.")
    assert not AssistantVersion.objects.exists()

    draft(old, prompt="Sell coffee.")

    assert versions.published(old).prompt == "Sell tea."


def test_a_column_younger_than_the_version_has_its_default(assistant: Assistant) -> None:
    version = versions.latest(assistant)
    del version.settings["ai_auto_return_delay_minutes"]

    assert snapshots.as_of(version).ai_auto_return_delay_minutes == 30
    assert snapshots.of_version(version) == snapshots.of_draft(assistant)


def test_what_was_published_cannot_be_saved_as_the_draft(assistant: Assistant) -> None:
    with pytest.raises(TypeError):
        versions.published(assistant).save()


def test_two_versions_cannot_have_one_number(assistant: Assistant) -> None:
    known = versions.latest(assistant)
    with pytest.raises(IntegrityError), transaction.atomic():
        AssistantVersion.objects.create(company_id=known.company_id, assistant=assistant, number=1, settings={})


def test_what_differs_is_told_in_words_and_secrets_are_not(assistant: Assistant) -> None:
    prompt = "\n".join(["You sell bread.", "Be warm.", "Be brief.", "Never promise discounts.", "Say goodbye."])
    assistants.change(assistant, prompt=prompt)
    before = snapshots.of_draft(assistant)
    assistants.change(assistant, prompt=prompt.replace("You sell bread.", "You sell cake."), discloses=True)
    tool = add_tool(assistant)
    with_tool = snapshots.of_draft(assistant)
    tools.change(tool, secret="t-secret", timeout_seconds=5)

    settings, added = differences.between(before, with_tool)
    (changed,) = differences.between(with_tool, snapshots.of_draft(assistant))
    (removed,) = differences.between(with_tool, before)[1:]

    assert [(each.label, each.before, each.after) for each in settings.differences] == [
        ("Instructions", "", ""),
        ("Say that it is an assistant", "no", "yes"),
    ]
    assert [(line.sign, line.text) for line in settings.differences[0].lines] == [
        ("-", "You sell bread."),
        ("+", "You sell cake."),
        ("", "Be warm."),
        ("", "Be brief."),
    ]
    assert (added.state, added.tool, removed.state) == ("added", "order", "removed")
    assert [(each.label, each.before, each.after) for each in changed.differences] == [
        ("Seconds to wait", "10", "5"),
        ("Secret for signing", "••••", "••••"),
    ]
