"""What somebody took back is shown and told nowhere any more."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.apps import apps

from conversations.models import AiTurn, Chat, ChatSummary, CopilotTask, Message, TurnRecord
from conversations.services import copilot, outbound
from happ_project.core import clock, jobs
from happ_project.files import services as files
from integrations.models import Event, WebhookDelivery
from integrations.services import webhooks
from messengers import types
from messengers.models import Delivery, InboundReceipt
from messengers.services import inbox
from tests import factories
from tests.journeys.shop import Shop
from tests.working import Mind, Time, work, work_for

SECRET = "my card is 4444 3333"


@pytest.fixture(autouse=True)
def told(shop: Shop, time: Time) -> None:
    """Olena says hello, and then what she will be sorry for."""
    shop.writes("Hello", message_id="m0")
    shop.writes(SECRET, message_id="m1")
    work(InboundReceipt)


def take_back(shop: Shop, message_id: str = "m1") -> None:
    deleted = types.MessageDeleted(dedup_key=f"d {message_id}", chat_id="olena", message_id=message_id)
    inbox.accept(shop.address, [deleted])
    work(InboundReceipt)


def told_of(words: str) -> list[str]:
    """Every table with a row that holds these words."""
    escaped = json.dumps(words)[1:-1]
    found = []
    for model in apps.get_models():
        if model._meta.app_label in {"conversations", "integrations", "messengers"}:
            rows = [str(row) for row in model._base_manager.values()]
            found += [model._meta.object_name for row in rows if words in row or escaped in row]
    return sorted({str(name) for name in found})


def test_no_row_holds_it_any_more(shop: Shop, mind: Mind, time: Time) -> None:
    webhooks.create(company_id=shop.company.pk, url="https://crm.example/happ")
    work_for(time, 5)
    shop.replies("Thank you")
    turn = shop.turns()[0]
    lines = [{"lines": [["user", SECRET]]}]
    TurnRecord.objects.create(company_id=shop.company.pk, turn=turn, exchanges=lines)
    assert {"Message", "Event", "InboundReceipt", "TurnRecord"} <= set(told_of(SECRET))

    take_back(shop)

    assert told_of(SECRET) == []
    assert mind.heard == ["Hello", SECRET]
    assert shop.said() == ["customer: Hello", "ai: We open at nine.", "person: Thank you"]
    shop.writes("And tomorrow?", message_id="m2")
    shop.replies("/bot on")
    work_for(time, 5)
    assert SECRET not in str(mind.transcripts[-1])


def test_the_feed_and_the_webhooks_tell_that_it_is_gone(shop: Shop) -> None:
    webhooks.create(company_id=shop.company.pk, url="https://crm.example/happ")
    message = Message.objects.get(external_id="m1")

    take_back(shop)

    kinds = ["MESSAGE_CREATED", "MESSAGE_UPDATED"]
    told = list(Event.objects.filter(payload__message__id=str(message.pk)).order_by("id"))
    assert [(event.type, event.payload["message"]["text"]) for event in told] == [(kind, "") for kind in kinds]
    waiting = WebhookDelivery.objects.select_related("event").get()
    assert json.loads(webhooks.body_of(waiting))["data"]["message"]["text"] == ""


def test_what_was_said_before_a_correction_goes_too(shop: Shop) -> None:
    edited = types.MessageEdited(dedup_key="e", chat_id="olena", message_id="m1", text="my card is in the bag")
    inbox.accept(shop.address, [edited])
    work(InboundReceipt)

    take_back(shop)

    assert told_of(SECRET) == told_of("in the bag") == []


def test_a_message_of_several_files_goes_whole(shop: Shop) -> None:
    page = types.Attachment(kind="document", file_id=str(files.store(b"%PDF-1.4 card", name="card.pdf").pk))
    shop.writes("Both sides", message_id="m2", attachments=(page, page))
    shop.writes("And this", message_id="m23", attachments=(page,))
    work(InboundReceipt)

    take_back(shop, "m2")

    rows = Message.objects.filter(external_id__startswith="m2").order_by("external_id")
    assert [(row.external_id, row.text, row.file_id is None) for row in rows] == [
        ("m2", "", True),
        ("m2#1", "", True),
        ("m23", "And this", False),
    ]


def test_a_colleague_deletes_a_file_with_what_the_post_office_kept_of_it(shop: Shop) -> None:
    page = types.Attachment(kind="document", file_id=str(files.store(b"%PDF-1.4 card", name="card.pdf").pk))
    shop.writes("Both sides", message_id="m2", attachments=(page, page))
    work(InboundReceipt)

    outbound.delete(Message.objects.get(external_id="m2#1"))

    assert InboundReceipt.objects.filter(event__message_id="m2").count() == 0
    assert shop.said()[-1] == "customer: Both sides"


def test_another_chats_events_stand(shop: Shop) -> None:
    shop.writes(SECRET, by="taras", message_id="m9")
    work(InboundReceipt)

    take_back(shop)

    assert shop.said("taras") == [f"customer: {SECRET}"]
    assert Event.objects.filter(chat_id=shop.chat("taras").pk, payload__message__text=SECRET).exists()


def test_a_summary_that_may_tell_of_it_is_made_anew(shop: Shop) -> None:
    message = Message.objects.get(external_id="m1")
    Chat.objects.update(summary=f"She said {SECRET}", summary_up_to=message.pk)
    job = ChatSummary.objects.create(company_id=shop.company.pk, chat=shop.chat(), lane="summary")

    take_back(shop)

    chat = shop.chat()
    assert (chat.summary, chat.summary_up_to) == ("", None)
    job.refresh_from_db()
    assert job.state == jobs.Job.State.CANCELLED, "one that is being made is thrown away"


def test_a_summary_of_what_was_said_before_stays(shop: Shop) -> None:
    earlier = Message.objects.get(external_id="m0")
    Chat.objects.update(summary="She said hello", summary_up_to=earlier.pk)

    take_back(shop)

    assert shop.chat().summary == "She said hello"


def test_help_that_was_made_of_it_goes_and_whoever_has_the_chat_gets_a_new_summary(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copilot.copilot, "has_model", lambda *_: True)
    Chat.objects.update(ai_on=False, ai_changed_at=clock.now())
    made: dict[str, Any] = {"company_id": shop.company.pk, "chat": shop.chat(), "lane": "copilot", "state": "done"}
    CopilotTask.objects.create(action="suggest", result=f"I see: {SECRET}", **made)
    CopilotTask.objects.create(action="handoff", result=f"She gave {SECRET}", **made)

    take_back(shop)

    assert told_of(SECRET) == []
    assert CopilotTask.objects.filter(action="handoff", state="waiting").count() == 1


def test_an_answer_to_it_that_is_being_made_is_thrown_away(shop: Shop, mind: Mind, time: Time) -> None:
    mind.says = [f"Noted: {SECRET}", "Hello!"]
    mind.meanwhile = lambda: take_back(shop)

    work_for(time, 30)

    assert [turn.outcome for turn in shop.turns()] == [AiTurn.Outcome.OVERTAKEN, AiTurn.Outcome.ANSWERED]
    assert shop.said() == ["customer: Hello", "ai: Hello!"]
    assert told_of(SECRET) == []


def test_our_own_message_is_emptied_with_its_delivery(shop: Shop) -> None:
    message = shop.replies(SECRET)
    assert message is not None
    work(Delivery)
    assert "Delivery" in told_of(SECRET)

    outbound.delete(message)
    outbound.delete(Message.objects.select_related("chat").get(external_id="m1"))

    assert told_of(SECRET) == []
    assert Delivery.objects.get().status == "sent", "that it was sent stays known"


def test_a_call_of_a_tool_can_be_deleted_too(shop: Shop) -> None:
    call = {"id": "c1", "name": "book", "input": SECRET, "output": SECRET}
    message = factories.make_message(shop.chat(), "", type="FunctionCallOutput", role="System", call=call)

    outbound.delete(message)

    message.refresh_from_db()
    assert message.call == {"id": "c1", "name": "book"}
