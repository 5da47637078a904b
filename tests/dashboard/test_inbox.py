"""The inbox's pages: what they list, in how many queries, and what people do in a chat."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from conversations.models import AiTurn, Chat, Message
from conversations.services import chats, outbound
from happ_project.companies.models import Company, User
from happ_project.core import clock, tenancy
from integrations import selectors as switchboard
from messengers.models import Delivery
from tests import factories

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def client(alice: User, company: Company) -> Client:
    signed_in = Client()
    signed_in.force_login(alice)
    return signed_in


@pytest.fixture
def chat(company: Company) -> Chat:
    assistant = factories.make_assistant(company, name="Flora")
    return factories.make_chat(company, assistant=assistant, display_name="Olena")


def rows(answer: Any) -> list[str]:
    return re.findall(r'data-row="([^"]+)"', answer.content.decode())


def test_the_list_takes_as_many_queries_for_many_chats_as_for_few(client: Client, company: Company) -> None:
    integration = factories.make_integration(company)
    counts = []
    for more in (2, 20):
        for _number in range(more):
            factories.make_message(factories.make_chat(company, integration=integration))
        client.get("/chats/list/", **HTMX)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get("/chats/list/", **HTMX).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_the_pages_of_the_list_join_without_a_gap_or_a_repeat(client: Client, company: Company) -> None:
    # given more chats than a page holds, several of them of the same moment
    integration, moment = factories.make_integration(company), clock.now()
    for number in range(65):
        at = moment - timedelta(minutes=number // 5)
        factories.make_chat(company, integration=integration, last_message_at=at)

    found: list[str] = []
    path = "/chats/list/"
    while path:
        answer = client.get(path, **HTMX)
        found += rows(answer)
        following = re.search(r'hx-get="(/chats/list/\?after=[^"]+)"', answer.content.decode())
        path = following[1].replace("&amp;", "&") if following else ""

    assert len(found) == len(set(found)) == 65


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("search=olen", ["Olena"]),
        ("state=attention", ["Taras"]),
        ("state=unread", ["Taras"]),
        ("state=people", ["Taras"]),
        ("state=ai", ["Olena"]),
        ("kind=whatsapp", []),
        ("after=nonsense", ["Olena", "Taras"]),
    ],
)
def test_the_list_can_be_narrowed(client: Client, company: Company, query: str, expected: list[str]) -> None:
    integration = factories.make_integration(company)
    factories.make_chat(company, integration=integration, display_name="Olena")
    factories.make_chat(
        company, integration=integration, display_name="Taras", ai_on=False, needs_attention=True, unread=2
    )
    answer = client.get(f"/chats/list/?{query}", **HTMX).content.decode()
    assert [name for name in ("Olena", "Taras") if name in answer] == expected


def test_the_page_knows_up_to_which_event_it_was_drawn(client: Client, chat: Chat, company: Company) -> None:
    with tenancy.company_scope(company):
        latest = switchboard.latest_event_id()

    for path in ("/chats/", f"/chats/{chat.pk}/"):
        assert f'data-cursor="{latest}"' in client.get(path).content.decode()


def test_a_phone_shows_the_first_steps_where_the_list_is_empty(client: Client, company: Company) -> None:
    empty = client.get("/chats/").content.decode()
    factories.make_chat(company)

    assert "data-phone-steps" in empty
    assert "data-phone-steps" not in client.get("/chats/").content.decode()


def test_a_message_goes_out_once_however_often_it_is_sent(client: Client, chat: Chat) -> None:
    for _press in range(3):
        answer = client.post(f"/chats/{chat.pk}/send/", {"text": "Hello", "clientKey": "key-1"}, **HTMX)
        assert answer.status_code == 200
    with tenancy.company_scope(chat.company_id):
        sent = Message.objects.filter(chat=chat, role="Assistant")
        assert [(message.text, message.author.email) for message in sent] == [("Hello", "alice@example.com")]


def test_an_empty_message_is_refused_in_words_and_nothing_is_stored(client: Client, chat: Chat) -> None:
    answer = client.post(f"/chats/{chat.pk}/send/", {"text": "  ", "clientKey": "key-1"}, **HTMX)

    assert answer.status_code == 422
    assert "nothing to send" in answer.content.decode()
    with tenancy.company_scope(chat.company_id):
        assert not Message.objects.filter(chat=chat).exists()


def test_the_assistant_is_switched_and_the_chat_is_moved(client: Client, chat: Chat, company: Company) -> None:
    other = factories.make_assistant(company, name="Rosa")

    client.post(f"/chats/{chat.pk}/ai/", {}, **HTMX)
    chat.refresh_from_db()
    assert not chat.ai_on
    client.post(f"/chats/{chat.pk}/ai/", {"on": "yes"}, **HTMX)
    client.post(f"/chats/{chat.pk}/assistant/", {"assistant": str(other.pk)}, **HTMX)
    chat.refresh_from_db()
    assert (chat.ai_on, chat.assistant_id) == (True, other.pk)


@pytest.mark.parametrize("nonsense", ["x", "0190a3c4-5b6d-7e8f-9a0b-1c2d3e4f5a6b"])
def test_a_chat_is_not_moved_to_an_assistant_that_is_none(client: Client, chat: Chat, nonsense: str) -> None:
    assert client.post(f"/chats/{chat.pk}/assistant/", {"assistant": nonsense}, **HTMX).status_code == 404


def test_a_live_update_begins_where_the_page_does(client: Client, chat: Chat) -> None:
    written = [
        factories.make_message(chat, f"number {number}", sent_at=clock.now() - timedelta(minutes=100 - number))
        for number in range(60)
    ]
    shown = client.get(f"/chats/{chat.pk}/", **HTMX).content.decode()
    assert f"message-{written[19].pk}" not in shown
    assert f"message-{written[20].pk}" in shown

    newest = factories.make_message(chat, "and one more")
    live = client.get(f"/chats/{chat.pk}/live/?from={written[20].pk}", **HTMX).content.decode()
    assert f"message-{written[20].pk}" in live and f"message-{newest.pk}" in live
    assert f"message-{written[19].pk}" not in live

    before = client.get(f"/chats/{chat.pk}/earlier/?before={written[20].pk}", **HTMX).content.decode()
    assert f"message-{written[0].pk}" in before and f"message-{written[20].pk}" not in before


def test_an_answer_shows_its_model_and_tokens(client: Client, chat: Chat) -> None:
    with tenancy.company_scope(chat.company_id):
        turn = AiTurn.objects.create(
            company_id=chat.company_id,
            chat=chat,
            lane="l",
            state="done",
            model="gpt-test",
            input_tokens=20,
            output_tokens=4,
        )
    factories.make_message(chat, "We open at nine.", role="Assistant", source="AI", turn=turn)

    page = client.get(f"/chats/{chat.pk}/", **HTMX).content.decode()

    assert "gpt-test · 20 in, 4 out" in page


def test_a_foreign_text_stays_text(client: Client, chat: Chat) -> None:
    factories.make_message(chat, "<script>alert(1)</script>")
    shown = client.get(f"/chats/{chat.pk}/").content.decode()
    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;alert(1)" in shown


@pytest.mark.parametrize(
    ("why", "english", "ukrainian"),
    [
        ("the key is not accepted", "asked for a person: the key is not accepted", "покликав людину: ключ не прийнято"),
        ("the model is not known there: gpt-9", "is not known there: gpt-9", "такої моделі там немає: gpt-9"),
        ("Wants a refund: order 7", "asked for a person: Wants a refund: order 7", "покликав людину: Wants a refund"),
    ],
)
def test_each_reader_reads_notes_and_reasons_in_their_own_language(
    client: Client, alice: User, company: Company, chat: Chat, why: str, english: str, ukrainian: str
) -> None:
    with tenancy.company_scope(company), translation.override("uk"):  # whoever happened to work on it
        chats.set_ai(chat, False, reason="auto", why=why)

    for language, words in (("en", english), ("uk", ukrainian)):
        client.cookies["django_language"] = language
        shown = client.get(f"/chats/{chat.pk}/").content.decode()
        assert shown.count(words.partition(": ")[2]) >= 2, "in the history and above the composer"
        assert words in shown


def test_what_went_wrong_with_a_message_is_told_in_the_readers_language(
    client: Client, company: Company, chat: Chat
) -> None:
    factories.make_message(chat, role="Assistant", status="failed", status_detail="It could not be sent for a day.")

    client.cookies["django_language"] = "uk"

    assert "Не вдавалося надіслати цілу добу." in client.get(f"/chats/{chat.pk}/").content.decode()


def test_the_menu_says_how_many_chats_are_unread(client: Client, company: Company, chat: Chat) -> None:
    assert client.get("/chats/unread/", **HTMX).content.decode().strip() == ""
    assert client.get("/assistants/").content.decode().count('hx-get="/chats/unread/"') == 2, "side and phone"

    with tenancy.company_scope(company):
        Chat.objects.filter(pk=chat.pk).update(unread=3)
    factories.make_chat(company, unread=1)
    away = factories.make_chat(company, unread=1, put_away_at=clock.now())
    playground = factories.make_integration(company, kind="playground")
    factories.make_chat(company, integration=playground, unread=1)

    assert away.unread
    assert ">2</span>" in client.get("/chats/unread/", **HTMX).content.decode()


def test_what_failed_shows_why_and_is_sent_again_at_the_press_of_a_button(
    client: Client, chat: Chat, company: Company
) -> None:
    client.post(f"/chats/{chat.pk}/send/", {"text": "At nine"})
    with tenancy.company_scope(company):
        message = Message.objects.get(text="At nine")
        Delivery.objects.update(status="failed", state="failed")
        Message.objects.filter(pk=message.pk).update(status="failed", status_detail="It could not be sent for a day.")
    again = f"/chats/{chat.pk}/messages/{message.pk}/repeat/"
    page = client.get(f"/chats/{chat.pk}/").content.decode()
    assert "It could not be sent for a day." in page
    assert f'hx-post="{again}"' in page

    page = client.post(again, **HTMX).content.decode()

    assert f'hx-post="{again}"' not in page
    with tenancy.company_scope(company):
        assert list(Delivery.objects.values_list("status", "state")) == [("queued", "waiting")]


def test_a_message_that_was_deleted_meanwhile_is_not_sent_again(client: Client, chat: Chat, company: Company) -> None:
    client.post(f"/chats/{chat.pk}/send/", {"text": "Wrong price"})
    with tenancy.company_scope(company):
        message = Message.objects.get(text="Wrong price")
        outbound.delete(message)

    answer = client.post(f"/chats/{chat.pk}/messages/{message.pk}/repeat/")

    assert answer.status_code == 404
    assert not Delivery._base_manager.exclude(status="cancelled").exists()


def test_a_sign_that_no_text_holds_is_no_error_of_ours(client: Client, chat: Chat) -> None:
    asked = [
        client.get("/chats/", {"search": "Olena\x00"}),
        client.get("/chats/list/", {"kind": "\x00"}),
        client.post(f"/chats/{chat.pk}/rename/", {"name": "\x00"}),
        client.post(f"/chats/{chat.pk}/send/", {"text": "Hello\x00", "clientKey": "k"}),
    ]

    assert [answer.status_code for answer in asked] == [400] * 4


def test_what_may_or_may_not_have_arrived_says_what_to_do(client: Client, company: Company, chat: Chat) -> None:
    with tenancy.company_scope(company):
        message = outbound.send(chat, text="Yes, we have it")
        assert message is not None
        Message.objects.filter(pk=message.pk).update(
            status="unsure", status_detail="echat.example.com did not answer in time"
        )

    with translation.override("uk"):
        page = client.get(f"/chats/{chat.pk}/", HTTP_ACCEPT_LANGUAGE="uk").content.decode()

    assert "echat.example.com не відповів вчасно" in page
    assert "Можливо, дійшло. Перш ніж надсилати ще раз, зазирніть у месенджер." in page
