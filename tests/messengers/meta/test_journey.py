"""Messenger and Instagram through the whole house: the owner's clicks, webhooks, answers, the phone, a break."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from django.core import mail

from conversations.models import Message
from conversations.services import outbound
from happ_project.files import services as files
from integrations.models import Integration
from messengers.models import Address, InboundReceipt
from messengers.services import signals
from tests.doubles.meta import Account, Meta, Page, Person
from tests.messengers.meta.house import Owner, double, lines, only_chat, owner, page, person, picture, recording
from tests.working import Mind, Time, mind, time, work, work_for

__all__ = ["double", "mind", "owner", "page", "person", "time"]

pytestmark = pytest.mark.django_db(transaction=True)


def let_sofia_answer(owner: Owner) -> None:
    for integration in Integration.objects.filter(hidden=False):
        owner.client.post(f"/integrations/{integration.pk}/assign/", {"assistant": str(_sofia())})


def _sofia() -> Any:
    from assistants.models import Assistant

    return Assistant.objects.get().pk


def test_what_comes_back_of_our_own_moves_the_states_and_nothing_else(
    owner: Owner, double: Meta, person: Person, page: Page, mind: Mind, time: Time
) -> None:
    owner.connect_page(person, f"facebook:{page.id}")
    let_sofia_answer(owner)
    ivan = double.add_customer(page, "Ivan Bondar")
    double.write(page, ivan, "Добрий день")
    work_for(time, 6)

    (answer,) = double.sent
    double.echo(answer)
    double.deliver(answer)
    work()
    assert Message.objects.get(role="Assistant").status == "delivered"
    double.read(answer)
    work_for(time, 5)

    chat = only_chat()
    assert lines(chat) == [("User", "Text", "Добрий день"), ("Assistant", "Text", "We open at nine.")]
    assert Message.objects.get(role="Assistant").status == "read"
    assert (chat.display_name, chat.ai_on) == ("Ivan Bondar", True)


def test_a_broken_page_says_why_and_how_to_go_on(
    owner: Owner, double: Meta, person: Person, page: Page, mind: Mind, time: Time
) -> None:
    owner.connect_page(person, f"facebook:{page.id}")
    let_sofia_answer(owner)
    double.kill_tokens(person, 460)

    double.write(page, double.add_customer(page), "Still there?")
    work_for(time, 120)

    assert Address.objects.get(kind="facebook").state_detail == (
        "The password of the Meta account was changed. Connect the channel again."
    )
    assert "Connect the channel again" in mail.outbox[0].body
    assert "Bakery: Log in again" in owner.client.get("/integrations/troubles/").content.decode()
    assert "its access is renewed and the chats stay" in owner.visit(owner.begin("facebook"), person)


def test_a_permission_taken_back_at_meta_is_told_and_given_again(
    owner: Owner, double: Meta, person: Person, page: Page, settings: Any, time: Time
) -> None:
    owner.connect_page(person, f"facebook:{page.id}")

    assert double.deauthorize(f"{settings.PUBLIC_URL}/webhooks/meta/deauthorize/", person) == 200
    work_for(time, 120)
    assert [each.subject for each in mail.outbox] == ["Bakery does not work any more"]
    assert "The permission was taken back at the messenger." in mail.outbox[0].body

    owner.connect_page(person, f"facebook:{page.id}")
    work_for(time, 120)
    assert Address.objects.get(kind="facebook").state == "connected"
    assert [each.subject for each in mail.outbox][1:] == ["Olena Koval works again"]


def test_an_answer_to_a_story_comes_with_it_and_a_long_answer_goes_in_pieces_of_bytes(
    owner: Owner, double: Meta, mind: Mind, time: Time
) -> None:
    account = double.add_account("olena.bakes")
    mind.says = ["Так, є. " * 150]
    owner.connect_account(account)
    let_sofia_answer(owner)
    ivan = double.add_customer(account, "Ivan Bondar")

    with double.batched():
        double.write(account, ivan, "Привіт")
        double.write(account, ivan, "Гарно!", story=picture())
    work_for(time, 10)

    chat = only_chat()
    assert (chat.display_name, chat.username) == ("Ivan Bondar", "ivan.bondar")
    story = Message.objects.get(chat=chat, text="Гарно!")
    assert (story.type, story.specific_type, story.file.size) == ("Photo", "instagram_story", len(picture()))
    assert len(double.sent) == 2, "1.8 kB in pieces of at most 1000 bytes"
    assert max(len(message.text.encode()) for message in double.sent) <= 1000
    for message in double.sent:
        double.echo(message)
    double.read(double.sent[-1])
    work_for(time, 5)
    assert (Message.objects.get(chat=chat, role="Assistant").status, only_chat().ai_on) == ("read", True)


def test_a_page_and_its_instagram_are_two_integrations_of_one_login(
    owner: Owner, double: Meta, person: Person, page: Page
) -> None:
    behind = double.add_account("bakery.kyiv", page=page)

    owner.connect_page(person, f"facebook:{page.id}", f"instagram:{behind.id}")

    found = {
        row.address.kind: row for row in Integration.objects.select_related("address__account").filter(hidden=False)
    }
    assert {kind: row.title for kind, row in found.items()} == {"facebook": "Bakery", "instagram": "@bakery.kyiv"}
    assert found["facebook"].address.account_id == found["instagram"].address.account_id
    shop, ivan = found["instagram"], double.add_customer(behind, "Ivan Bondar")
    double.write(behind, ivan, "Привіт")
    work()
    assert only_chat().integration_id == shop.pk
    outbound.send(only_chat(), text="Вітаю")
    work()
    assert [(message.place, message.text) for message in double.sent] == [(behind, "Вітаю")]


def test_removing_one_of_them_leaves_the_other_its_messages(
    owner: Owner, double: Meta, person: Person, page: Page
) -> None:
    behind = double.add_account("bakery.kyiv", page=page)
    owner.connect_page(person, f"facebook:{page.id}", f"instagram:{behind.id}")

    for kind, still in (("facebook", True), ("instagram", False)):
        integration = Integration.objects.get(address__kind=kind, deleted_at=None)
        owner.client.post(f"/integrations/{integration.pk}/remove/")
        work()
        assert (page.fields is not None) is still
    assert [dict(row.credentials) for row in Address.objects.filter(kind__in=["facebook", "instagram"])] == [{}, {}]


def test_files_of_every_kind_go_out_in_a_form_that_instagram_takes(owner: Owner, double: Meta, time: Time) -> None:
    account = double.add_account("olena.bakes")
    owner.connect_account(account)
    ivan = double.add_customer(account)
    double.write(account, ivan, "?")
    work()

    for name, content, mime in (
        ("p.png", picture("PNG"), None),
        ("voice.ogg", recording("ogg", "libopus"), None),
        ("price.pdf", b"%PDF-1.7\n%%EOF", None),
        ("p.webp", picture("WEBP"), None),
    ):
        outbound.send(only_chat(), file=files.store(content, name=name, mime=mime))
        work()

    kinds = [message.body["message"]["attachment"]["type"] for message in double.sent]
    assert kinds == ["image", "audio", "file", "image"]
    assert double.sent[1].content != recording("ogg", "libopus"), "opus is refused there, so it was coded anew"
    assert double.sent[3].content[:2] == b"\xff\xd8", "so is WebP: it was drawn anew as JPEG"


def test_an_answer_that_was_held_up_until_the_window_closed_is_not_sent(
    owner: Owner, double: Meta, person: Person, page: Page, time: Time
) -> None:
    owner.connect_page(person, f"facebook:{page.id}")
    ivan = double.add_customer(page)
    double.write(page, ivan, "?")
    work()
    time.pass_by(23 * 3600)
    double.fail("/messages", "error", error={"code": 4, "message": "Application request limit reached"}, headers={
        "X-Business-Use-Case-Usage": f'{{"{page.id}": [{{"call_count": 100, "estimated_time_to_regain_access": 90}}]}}'
    })  # fmt: skip

    message = outbound.send(only_chat(), text="in time", source="AI")
    work_for(time, 2 * 3600)

    assert message is not None
    message.refresh_from_db()
    assert (message.status, double.sent) == ("failed", [])
    assert message.status_detail == "The 24 hours in which Meta lets a business answer have passed."


def test_a_lost_answer_is_settled_by_its_echo_and_never_sent_again(
    owner: Owner, double: Meta, person: Person, page: Page, time: Time
) -> None:
    owner.connect_page(person, f"facebook:{page.id}")
    ivan = double.add_customer(page)
    double.write(page, ivan, "?")
    work()
    double.fail("/messages", "accept+reset")
    message = outbound.send(only_chat(), text="Yes", source="AI")
    work()
    assert message is not None
    message.refresh_from_db()
    assert message.status == "unsure"

    double.echo(double.sent[0], repeats=2)
    work_for(time, 60)

    message.refresh_from_db()
    assert (message.status, len(double.sent), only_chat().ai_on) == ("sent", 1, True)


def test_a_file_whose_link_was_dead_can_be_fetched_again(owner: Owner, double: Meta, time: Time) -> None:
    account: Account = double.add_account("olena.bakes")
    owner.connect_account(account)
    ivan = double.add_customer(account)
    with double.batched():
        double.write(account, ivan, "this one?", image=picture())
        kept = dict(double.files)
        double.forget_files()
    work_for(time, 120)
    message = Message.objects.get(role="User")
    assert (message.file_missing, message.file) == (True, None)
    url = f"/chats/{message.chat_id}/messages/{message.pk}/file/"
    assert f'hx-post="{url}"' in owner.client.get(f"/chats/{message.chat_id}/").content.decode()

    double.files.update(kept)
    owner.client.post(url)
    work_for(time, 5)

    message.refresh_from_db()
    assert (message.file_missing, message.file is not None) == (False, True)
    assert Message.objects.filter(role="User").count() == 1, "nothing else happened a second time"
    assert owner.client.post(url, headers={"HX-Request": "true"}).status_code == 422, "there is nothing left to fetch"


def test_what_a_customer_takes_back_is_erased(owner: Owner, double: Meta, time: Time) -> None:
    account: Account = double.add_account("olena.bakes")
    owner.connect_account(account)
    ivan = double.add_customer(account)
    mid = double.write(account, ivan, "a secret of mine", image=picture())
    work()

    double.unsend(account, ivan, mid)
    work()

    assert lines(only_chat()) == []
    stored = [*Message.objects.values_list("text", flat=True), *InboundReceipt.objects.values_list("event", "raw")]
    assert "a secret of mine" not in str(stored)
    assert Message.objects.get().file is None


def test_edits_reactions_and_referrals_are_shown_and_never_answered(
    owner: Owner, double: Meta, person: Person, page: Page, mind: Mind, time: Time
) -> None:
    owner.connect_page(person, f"facebook:{page.id}")
    let_sofia_answer(owner)
    ivan = double.add_customer(page)
    mid = double.write(page, ivan, "Helo")
    work_for(time, 10)
    assert len(double.sent) == 1

    double.edit(page, ivan, mid, "Hello")
    double.react(page, ivan, double.sent[0].id)
    double.refer(page, ivan, "flyer")
    work_for(time, 60)

    assert len(double.sent) == 1
    assert {text for _role, _type, text in lines(only_chat())} == {
        "Hello", "We open at nine.", "The customer reacted: ❤", "The customer came through: flyer"
    }  # fmt: skip


def test_the_customer_sees_that_the_assistant_writes_and_has_read(
    owner: Owner, double: Meta, person: Person, page: Page, mind: Mind, time: Time
) -> None:
    owner.connect_page(person, f"facebook:{page.id}")
    let_sofia_answer(owner)
    ivan = double.add_customer(page)

    double.write(page, ivan, "?")
    work_for(time, 10)
    signals.settle(Address.objects.get(kind="facebook"), chat_ref=ivan)

    shown = [what for what, to in double.shown if to == ivan]
    assert [what for what in shown if what != "mark_seen"] == ["typing_on", "typing_off", "message"]
    assert shown.count("mark_seen") == 1


@pytest.mark.parametrize("slow", [0.0, 0.3])
def test_is_writing_never_follows_the_answer_however_slow_the_platform_is(
    owner: Owner, double: Meta, person: Person, page: Page, mind: Mind, time: Time, slow: float
) -> None:
    owner.connect_page(person, f"facebook:{page.id}")
    let_sofia_answer(owner)
    customers = [double.add_customer(page) for _ in range(3)]
    double.slow_actions = slow

    for text in ("?", "and?", "and now?"):
        for customer in customers:
            double.write(page, customer, text)
        work_for(time, 10)
    address = Address.objects.get(kind="facebook")
    for customer in customers:
        signals.settle(address, chat_ref=customer)
        seen = [what for what, to in double.shown if to == customer and what != "mark_seen"]
        assert (seen.count("message"), seen[-1]) == (3, "message")
        # a platform may be so slow that "on" was overtaken by "off" before it could be told
        assert {before for before, each in pairwise(seen) if each == "message"} == {"typing_off"}


def test_a_button_speaks_for_the_customer(
    owner: Owner, double: Meta, person: Person, page: Page, mind: Mind, time: Time
) -> None:
    owner.connect_page(person, f"facebook:{page.id}")
    let_sofia_answer(owner)
    ivan = double.add_customer(page)

    double.press(page, ivan, "Opening hours")
    work_for(time, 10)

    assert mind.heard == ["Opening hours"]
    assert [message.text for message in double.sent] == ["We open at nine."]


def test_a_restricted_page_waits_and_says_so(
    owner: Owner, double: Meta, person: Person, page: Page, time: Time
) -> None:
    owner.connect_page(person, f"facebook:{page.id}")
    ivan = double.add_customer(page)
    double.write(page, ivan, "?")
    work()
    page.restricted = True
    message = outbound.send(only_chat(), text="Yes")
    work_for(time, 120)
    assert Address.objects.get(kind="facebook").state == "restricted"
    assert [each.subject for each in mail.outbox] == ["Bakery does not work any more"]

    page.restricted = False
    work_for(time, 4000)

    assert message is not None
    message.refresh_from_db()
    assert message.status == "sent"
    assert Address.objects.get(kind="facebook").state == "connected"
