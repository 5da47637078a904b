"""The journey in: received once, the chat found or made, the message saved."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from conversations import selectors
from conversations.models import AiTurn, Chat, ChatAlias, GroupNotice, HandoffNotice, Message, TeamGroup
from conversations.services import chats, identity
from happ_project.core import clock, ids, jobs, tenancy
from happ_project.files import services as files
from integrations.models import Event
from messengers import types
from messengers.models import InboundReceipt
from messengers.services import inbox
from tests import factories
from tests.journeys.shop import Shop
from tests.working import Mind, Time, at_once, due, work, work_for

PHONE, LID = "380671112233", "1234567890@lid"


def person(*names: str) -> types.Contact:
    return types.Contact(id=names[0], aliases=tuple(names[1:]))


# --- once -------------------------------------------------------------------------------------------------------------


def test_a_message_is_received_once_whatever_the_messenger_repeats(shop: Shop) -> None:
    event = shop.writes("Hello")
    inbox.accept(shop.address, [event, event])
    work(InboundReceipt)
    inbox.accept(shop.address, [event])
    work(InboundReceipt)

    assert InboundReceipt.objects.count() == 1
    assert shop.said() == ["customer: Hello"]


def test_the_same_message_told_by_another_road_is_stored_once(shop: Shop) -> None:
    shop.writes("Hello", message_id="m1", dedup_key="live")
    shop.writes("Hello", message_id="m1", dedup_key="history", history=True)
    work(InboundReceipt)

    assert shop.said() == ["customer: Hello"]
    assert Event.objects.filter(type="MESSAGE_CREATED").count() == 1


def test_many_webhooks_of_one_message_at_once_are_one_receipt(real_shop: Shop) -> None:
    event = real_shop.event("Hello")

    def accept() -> None:
        with tenancy.company_scope(real_shop.company):
            inbox.accept(real_shop.address, [event])

    at_once(*[accept] * 6)

    assert InboundReceipt.objects.count() == 1


def test_a_customers_messages_are_worked_in_their_order(shop: Shop) -> None:
    for text in ("one", "two", "three"):
        shop.writes(text)

    assert len(due(InboundReceipt)) == 3
    first, *_rest = due(InboundReceipt)
    assert jobs.run(first._meta.label, first.pk, shop.company.pk) == 3

    assert shop.said() == ["customer: one", "customer: two", "customer: three"]


def test_what_nobody_could_read_is_kept_for_a_look_and_repeated_in_vain(shop: Shop) -> None:
    unreadable = types.Unreadable(raw={"a": 1}, reason="an object was expected", digest="d" * 64)

    inbox.accept(shop.address, [unreadable, shop.event("Hello")])
    inbox.accept(shop.address, [unreadable])
    work(InboundReceipt)

    kept = InboundReceipt.objects.get(event__isnull=True)
    assert (kept.state, kept.last_error) == ("failed", "an object was expected")
    assert shop.said() == ["customer: Hello"]


def test_a_poisonous_message_does_not_hold_up_its_chat_for_ever(shop: Shop, time: Time) -> None:
    shop.writes("x", message_id="m" * 300)  # longer than our column
    shop.writes("after it")

    for _ in range(InboundReceipt.max_attempts):
        work(InboundReceipt)
        time.pass_by(600)

    assert shop.said() == ["customer: after it"]
    assert InboundReceipt.objects.filter(state="failed").count() == 1


# --- the one chat -----------------------------------------------------------------------------------------------------


def test_a_new_customer_gets_a_chat_with_the_integrations_assistant(shop: Shop) -> None:
    shop.writes("Hello", sender=types.Contact(id="olena", name="Olena", username="ol", phone="+380"))
    work(InboundReceipt)

    chat = shop.chat()
    assert (chat.assistant, chat.name, chat.username, chat.phone) == (shop.assistant, "Olena", "ol", "+380")
    assert (chat.unread, chat.last_message_text, chat.last_message_role) == (1, "Hello", "User")
    assert list(Event.objects.order_by("id").values_list("type", flat=True))[-2:] == ["CHAT_CREATED", "MESSAGE_CREATED"]


def work_in_threads(shop: Shop) -> None:
    """One worker per due row, all at once."""
    rows = due(InboundReceipt)
    at_once(*[lambda row=row: jobs.run(row._meta.label, row.pk, shop.company.pk) for row in rows])
    work(InboundReceipt)


def test_first_messages_of_many_customers_at_once_open_a_chat_each(real_shop: Shop) -> None:
    for i in range(6):
        real_shop.writes("Hello", by=f"visitor {i}")

    work_in_threads(real_shop)

    assert sorted(Chat.objects.values_list("external_id", flat=True)) == [f"visitor {i}" for i in range(6)]


def test_two_first_messages_of_one_customer_at_once_open_one_chat(real_shop: Shop) -> None:
    def find() -> Any:
        with tenancy.company_scope(real_shop.company), transaction.atomic():
            return identity.find_or_create(real_shop.integration, "olena")[0].pk

    assert len(set(at_once(*[find] * 6))) == 1


@pytest.mark.parametrize("_round", range(4))
def test_two_first_messages_under_two_names_of_one_customer_open_one_chat(real_shop: Shop, _round: int) -> None:
    # different lanes, and no unique key that both would hit
    real_shop.writes("by number and lid", by=PHONE, sender=person(PHONE, LID))
    real_shop.writes("by lid", by=LID, sender=person(LID))

    work_in_threads(real_shop)

    chat = Chat.objects.get()
    assert Message.objects.filter(chat=chat).count() == 2
    assert {chat.external_id, *chat.aliases.values_list("external_id", flat=True)} == {PHONE, LID}


def test_a_customer_known_by_either_name_is_found_by_both(shop: Shop) -> None:
    shop.writes("one", by=PHONE, sender=person(PHONE, LID))
    shop.writes("two", by=LID, sender=person(LID))
    shop.writes("three", by=PHONE, sender=person(PHONE))
    work(InboundReceipt)

    assert shop.said(PHONE) == ["customer: one", "customer: two", "customer: three"]


def test_two_chats_that_turn_out_to_be_one_customers_become_one(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("by lid", by=LID, sender=person(LID))
    work_for(time, 5)
    older = shop.chat(LID)
    shop.writes("by number", by=PHONE, sender=person(PHONE))
    work(InboundReceipt)
    younger = shop.chat(PHONE)
    assert younger.waiting_since is not None

    shop.writes("by both", by=PHONE, sender=person(PHONE, LID))
    work_for(time, 5)

    chat = Chat.objects.get()
    assert chat.pk == older.pk
    assert shop.said(LID) == [
        "customer: by lid",
        "ai: We open at nine.",
        "customer: by number",
        "customer: by both",
        "ai: We open at nine.",
    ]
    assert mind.heard == ["by lid", "by number", "by both"]
    assert list(ChatAlias.objects.values_list("external_id", "chat")) == [(PHONE, older.pk)]
    assert Event.objects.filter(type="CHAT_DELETED", chat_id=younger.pk).exists()
    assert not AiTurn.objects.filter(state__in=jobs.Job.OPEN).exists()


def test_what_was_told_of_a_chat_that_became_part_of_another_goes_with_that_one(shop: Shop) -> None:
    shop.writes("by lid", by=LID, sender=person(LID))
    shop.writes("my card is 4444", by=PHONE, sender=person(PHONE), message_id="m1")
    shop.writes("by both", by=PHONE, sender=person(PHONE, LID))
    work(InboundReceipt)

    inbox.accept(shop.address, [types.MessageDeleted(dedup_key="d1", chat_id=PHONE, message_id="m1")])
    work(InboundReceipt)
    assert not Event.objects.filter(payload__message__text="my card is 4444").exists()

    chats.delete(Chat.objects.get())
    assert not Event.objects.filter(payload__message__text__contains="by").exists()


def test_a_call_to_the_teams_group_is_not_lost_when_two_chats_become_one(shop: Shop) -> None:
    group = TeamGroup.objects.create(company=shop.company, chat=factories.make_chat(shop.company, is_group=True))
    shop.writes("by lid", by=LID, sender=person(LID))
    shop.writes("by number", by=PHONE, sender=person(PHONE))
    work(InboundReceipt)
    chats.set_ai(shop.chat(PHONE), False, reason=Chat.DisableReason.AUTO, why="the customer asked")

    shop.writes("by both", by=PHONE, sender=person(PHONE, LID))
    work(InboundReceipt)

    notice = GroupNotice.objects.get()
    assert (notice.chat, notice.group, notice.state) == (Chat.objects.get(external_id=LID), group, "waiting")


def test_a_person_who_has_taken_over_one_of_two_chats_has_taken_over_both(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("by lid", by=LID, sender=person(LID))
    shop.writes("by number", by=PHONE, sender=person(PHONE))
    work(InboundReceipt)
    chats.set_ai(shop.chat(PHONE), False)

    shop.writes("by both", by=PHONE, sender=person(PHONE, LID))
    work_for(time, 10)

    assert not Chat.objects.get().ai_on
    assert mind.transcripts == []
    time.pass_by(shop.assistant.ai_auto_return_delay_minutes * 60)
    work()
    assert Chat.objects.get().ai_on


def test_two_chats_with_one_key_of_a_program_become_one_all_the_same(shop: Shop, mind: Mind) -> None:
    shop.writes("by lid", by=LID, sender=person(LID))
    shop.writes("by number", by=PHONE, sender=person(PHONE))
    work(InboundReceipt)
    for name in (LID, PHONE):
        shop.replies("Welcome!", by=name, source="API", client_key="welcome")

    shop.writes("by both", by=PHONE, sender=person(PHONE, LID))
    work(InboundReceipt)

    assert [each for each in shop.said(LID) if each.startswith("customer")] == [
        "customer: by lid",
        "customer: by number",
        "customer: by both",
    ]
    assert Message.objects.filter(text="Welcome!").count() == 2


def test_a_call_for_a_person_outlives_the_chat_it_came_from(shop: Shop) -> None:
    shop.writes("by lid", by=LID, sender=person(LID))
    shop.writes("by number", by=PHONE, sender=person(PHONE))
    work(InboundReceipt)
    chats.set_ai(shop.chat(PHONE), False, reason=Chat.DisableReason.AUTO, why="a complaint")

    shop.writes("by both", by=PHONE, sender=person(PHONE, LID))
    work(InboundReceipt)

    assert HandoffNotice.objects.get().chat == Chat.objects.get()


def test_what_was_answered_long_ago_is_not_asked_anew_when_two_chats_become_one(
    shop: Shop, mind: Mind, time: Time
) -> None:
    shop.writes("from before", by=LID, sender=person(LID), history=True)
    shop.writes("answered", by=PHONE, sender=person(PHONE))
    work_for(time, 5)
    shop.writes("new", by=PHONE, sender=person(PHONE))
    work(InboundReceipt)

    shop.writes("and more", by=PHONE, sender=person(PHONE, LID))
    work(InboundReceipt)

    assert [message.text for message in selectors.unanswered(Chat.objects.get())] == ["new", "and more"]


# --- what is stored ---------------------------------------------------------------------------------------------------


def test_both_times_are_kept_the_customers_and_ours(shop: Shop) -> None:
    written = clock.now() - timedelta(minutes=10)
    shop.writes("late", sent_at=written)
    shop.writes("from the future", sent_at=clock.now() + timedelta(days=1))
    work(InboundReceipt)

    late, future = Message.objects.order_by("id")
    assert late.sent_at == written
    assert late.created_at > written + timedelta(minutes=9)
    assert future.sent_at <= clock.now()


def test_what_comes_late_does_not_stand_in_the_list_for_what_was_said_since(shop: Shop, time: Time) -> None:
    shop.writes("Are you open?")
    work(InboundReceipt)
    time.pass_by(60)
    shop.replies("Yes")
    shop.writes("Hello", sent_at=clock.now() - timedelta(days=30), history=True)
    work(InboundReceipt)

    assert shop.chat().last_message_text == "Yes"


def test_what_was_taken_back_or_changed_is_so_in_the_list_too(shop: Shop) -> None:
    shop.writes("my card is 4444", message_id="m1")
    work(InboundReceipt)
    changed = types.MessageEdited(dedup_key="e1", chat_id="olena", message_id="m1", text="my card")
    inbox.accept(shop.address, [changed])
    work(InboundReceipt)
    assert shop.chat().last_message_text == "my card"

    inbox.accept(shop.address, [types.MessageDeleted(dedup_key="d1", chat_id="olena", message_id="m1")])
    work(InboundReceipt)
    assert shop.chat().last_message_text == ""


def test_what_was_taken_back_stays_so_whatever_comes_late(shop: Shop) -> None:
    picture = types.Attachment(kind="image")
    shop.writes("my card", message_id="m1", dedup_key="first", attachments=(picture,))
    work(InboundReceipt)
    inbox.accept(shop.address, [types.MessageDeleted(dedup_key="d1", chat_id="olena", message_id="m1")])
    work(InboundReceipt)

    stored = files.store(b"%PDF-1.4 card", name="card.pdf")
    there = types.Attachment(kind="document", file_id=str(stored.pk))
    shop.writes("my card", message_id="m1", dedup_key="second", attachments=(there,))
    late = types.MessageEdited(dedup_key="e1", chat_id="olena", message_id="m1", text="my card is 4444")
    inbox.accept(shop.address, [late])
    work(InboundReceipt)

    message = Message.objects.get(external_id="m1")
    assert (message.text, message.file) == ("", None)


def test_equal_times_keep_the_order_of_arrival(shop: Shop) -> None:
    second = clock.now().replace(microsecond=0)
    for number in range(12):
        shop.writes(str(number), sent_at=second)
    work(InboundReceipt)

    assert shop.said() == [f"customer: {number}" for number in range(12)]


def test_an_answer_within_the_second_stands_below_what_it_answers(shop: Shop, time: Time) -> None:
    shop.writes("Hello")
    work(InboundReceipt)
    time.pass_by(1 - clock.now().microsecond / 1_000_000 + 0.2)
    said_at = clock.now()
    shop.replies("Olena here")
    time.pass_by(0.5)
    shop.writes("Oh, hello Olena", sent_at=said_at.replace(microsecond=0))
    work(InboundReceipt)

    assert shop.said()[-2:] == ["person: Olena here", "customer: Oh, hello Olena"]


def test_a_picture_that_we_hold_is_shown_and_text_goes_with_the_first(shop: Shop) -> None:
    stored = files.store(b"%PDF-1.4 price", name="price.pdf")
    here = types.Attachment(kind="document", file_id=str(stored.pk))
    shop.writes("Look", attachments=(here, here))
    work(InboundReceipt)

    rows = Message.objects.order_by("id")
    assert [(row.type, row.text, row.file_id, row.file_missing) for row in rows] == [
        ("Document", "Look", stored.pk, False),
        ("Document", "", stored.pk, False),
    ]


def test_a_picture_that_is_nowhere_does_not_cost_the_message(shop: Shop) -> None:
    gone = types.Attachment(kind="image", file_id=str(ids.new_id()))
    shop.writes("Look", attachments=(gone,))
    work(InboundReceipt)

    row = Message.objects.get()
    assert (row.text, row.file_id, row.file_missing) == ("Look", None, True)


def test_edits_deletions_and_reactions_change_what_they_speak_of(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("Helo", message_id="m1")
    shop.writes("Oops", message_id="m2")
    work(InboundReceipt)
    about: dict[str, Any] = {"chat_id": "olena"}
    changes: list[Any] = [
        types.MessageEdited(dedup_key="e", message_id="m1", text="Hello", **about),
        types.MessageDeleted(dedup_key="d", message_id="m2", **about),
        types.ReactionReceived(dedup_key="r", message_id="m1", emoji="👍", **about),
        types.MessageEdited(dedup_key="e2", message_id="nobody knows it", text="x", **about),
    ]
    inbox.accept(shop.address, changes)
    work_for(time, 5)

    assert shop.said() == ["customer: Hello", "ai: We open at nine."]
    assert mind.heard == ["Hello"]
    assert len(mind.transcripts) == 1, "a reaction starts nothing"


# --- what is answered -------------------------------------------------------------------------------------------------


def test_imported_history_is_shown_and_not_answered(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("long ago", history=True, sent_at=clock.now() - timedelta(days=3))
    work_for(time, 10)

    assert shop.said() == ["customer: long ago"]
    assert mind.transcripts == []
    assert shop.chat().unread == 0


def test_history_that_comes_in_between_costs_no_answer(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("Open today?")
    work(InboundReceipt)
    mind.meanwhile = lambda: (shop.writes("long ago", history=True), work(InboundReceipt))
    work_for(time, 10)

    assert [line for line in shop.said() if line.startswith("ai")] == ["ai: We open at nine."]
    assert len(mind.transcripts) == 1


def test_a_message_that_comes_hours_late_is_for_people(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("yesterday", sent_at=clock.now() - timedelta(hours=7))
    work_for(time, 10)

    assert mind.transcripts == []
    assert (shop.chat().unread, shop.chat().needs_attention) == (1, True)


def test_a_late_message_does_not_take_the_answer_from_a_fresh_one(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("Open today?")
    work(InboundReceipt)
    shop.writes("yesterday", sent_at=clock.now() - timedelta(hours=7))
    work_for(time, 10)

    assert len(mind.transcripts) == 1
    assert "Open today?" in mind.heard


# --- our own side -----------------------------------------------------------------------------------------------------


def test_what_the_owner_types_on_the_phone_is_a_persons_and_pauses_the_ai(shop: Shop, mind: Mind, time: Time) -> None:
    shop.writes("Open today?")
    work(InboundReceipt)
    shop.writes("Yes, till six", from_us=True)
    work_for(time, 10)

    assert shop.said() == ["customer: Open today?", "person: Yes, till six"]
    assert mind.transcripts == []
    chat = shop.chat()
    assert (chat.ai_on, chat.ai_disable_reason, chat.unread) == (False, "manual", 0)
    assert Message.objects.get(text="Yes, till six").status == "sent"


def test_the_owner_may_write_first(shop: Shop) -> None:
    shop.writes("Your order is ready", from_us=True, sender=person("olena", "another name"))
    shop.writes("Thanks", by="another name", sender=person("another name"))
    work(InboundReceipt)

    assert shop.said() == ["person: Your order is ready", "customer: Thanks"]
