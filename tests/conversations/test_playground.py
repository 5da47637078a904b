"""The playground: the draft is tried before customers meet it, beside a second one if wanted, and says why."""

from collections.abc import Iterator

import pytest
from django.test import Client

from assistants.models import Assistant
from assistants.services import assistants, versions
from assistants.types import Outcome
from conversations.models import AiTurn, Chat, Message
from conversations.services import replaying
from happ_project.companies.models import Company, User
from happ_project.core import tenancy
from tests import factories
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


def said(key: str = "") -> list[str]:
    other = Chat.objects.filter(external_id__endswith=":b")
    chat = other.get() if key else Chat.objects.exclude(pk__in=other).get()
    rows = Message.objects.filter(chat=chat, role__in=["User", "Assistant"]).order_by("sent_at", "id")
    return [f"{row.role}: {row.text}" for row in rows]


def compare(page: Client, assistant: Assistant, time: Time, **fields: str) -> str:
    page.post(path(assistant, "setup/"), {"side": "b", **fields})
    work_for(time, 60)
    return page.get(path(assistant)).content.decode()


def test_a_comparison_has_the_conversation_at_hand_on_both_sides(
    page: Client, assistant: Assistant, mind: Mind, time: Time
) -> None:
    page.get(path(assistant))
    mind.says = ["first", "second", "third"]
    for text in ("When do you open?", "And on Sunday?", "Thanks!"):
        say(page, assistant, time, text)
    mind.says = [f"again {number}" for number in range(6)]

    shown = compare(page, assistant, time, version="1")

    customers = ["User: When do you open?", "User: And on Sunday?", "User: Thanks!"]
    for key in ("", ":b"):
        lines = said(key)
        assert [line for line in lines if line.startswith("User")] == customers
        assert [line.split(":")[0] for line in lines] == ["User", "Assistant"] * 3, "each is answered before the next"
    assert [prompt for prompt, _model in spoke(mind)][3:].count("published") == 3
    assert "first" not in shown and "again 5" in shown
    assert "said again." not in shown.partition('id="messages"')[2]

    say(page, assistant, time, "Bye")
    assert (said()[-2], said(":b")[-2]) == ("User: Bye", "User: Bye")


def test_the_conversation_at_hand_ends_where_a_person_is_called(
    page: Client, assistant: Assistant, mind: Mind, time: Time
) -> None:
    page.get(path(assistant))
    for text in ("When do you open?", "And on Sunday?"):
        say(page, assistant, time, text)
    mind.says = [Outcome(kind="handoff", text="A colleague will write.", reason="x")] * 2

    compare(page, assistant, time)

    for key in ("", ":b"):
        assert said(key)[:2] == ["User: When do you open?", "Assistant: A colleague will write."]
        assert "User: And on Sunday?" not in said(key)
    assert not Chat.objects.filter(trial__has_key="replay").exists()


def test_tools_do_nothing_while_the_conversation_is_had_again(
    page: Client, assistant: Assistant, mind: Mind, time: Time
) -> None:
    def called(chat: Chat, output: str) -> None:
        call = {"name": "order", "input": "{}", "output": output}
        factories.make_message(chat, "", role="System", type="FunctionCallOutput", call=call)

    page.get(path(assistant))
    say(page, assistant, time)
    for output in ("first", "second"):
        called(Chat.objects.get(), output)

    page.post(path(assistant, "setup/"), {"side": "b"})

    other = Chat.objects.get(external_id__endswith=":b")
    assert replaying.stand_ins(other) == {"order": ["first", "second"]}
    called(other, "first")
    assert replaying.stand_ins(other) == {"order": ["second"]}
    work_for(time, 60)
    other.refresh_from_db()
    assert replaying.stand_ins(other) is None, "what is written from now on is real"


def test_ending_the_comparison_leaves_the_first_side_as_it_is(
    page: Client, assistant: Assistant, mind: Mind, time: Time
) -> None:
    page.get(path(assistant))
    say(page, assistant, time)
    compare(page, assistant, time)
    before = said()

    page.post(path(assistant, "setup/"), {"side": "b", "end": "yes"})

    assert (said(), Chat.objects.count()) == (before, 1)


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
