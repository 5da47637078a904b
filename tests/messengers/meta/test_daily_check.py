"""What nobody tells of is found once a day: lost subscriptions, ageing tokens, logins that died in silence."""

from __future__ import annotations

import pytest
from django.core import mail

from conversations.models import Chat
from conversations.services import outbound
from messengers import tasks
from messengers.models import Address
from messengers.services import errands
from tests.doubles.meta import Meta, Page, Person
from tests.messengers.meta.house import Owner, double, lines, only_chat, owner, page, person
from tests.working import Time, time, work, work_for

__all__ = ["double", "owner", "page", "person", "time"]

pytestmark = pytest.mark.django_db(transaction=True)

HOUR, DAY = 3600, 86_400


def a_day_comes(time: Time) -> None:
    """Beat's chore, and what the workers make of it."""
    tasks.plan_checks()
    work_for(time, HOUR)


def test_a_page_that_meta_took_off_silently_is_subscribed_again(
    owner: Owner, double: Meta, person: Person, page: Page, time: Time
) -> None:
    owner.connect_page(person, f"facebook:{page.id}")
    page.fields = None

    assert errands.plan_checks() == 1
    assert errands.plan_checks() == 0, "once a day"
    work_for(time, 3600)

    assert "messages" in (page.fields or ())
    assert Address.objects.get(kind="facebook").state == "connected"
    assert mail.outbox == []


def test_a_login_that_died_in_silence_is_told_of_and_a_new_one_keeps_the_history(
    owner: Owner, double: Meta, person: Person, page: Page, time: Time
) -> None:
    owner.connect_page(person, f"facebook:{page.id}")
    ivan = double.add_customer(page, "Ivan Bondar")
    double.write(page, ivan, "Good morning")
    work()
    address, chat = Address.objects.get(kind="facebook"), only_chat()
    double.kill_tokens(person, 460)

    a_day_comes(time)

    address.refresh_from_db()
    assert address.state == "login_required"
    assert [each.subject for each in mail.outbox] == ["Bakery does not work any more"]
    assert "The password of the Meta account was changed." in mail.outbox[0].body
    assert "Bakery: Log in again" in owner.client.get("/integrations/troubles/").content.decode()

    owner.connect_page(person, f"facebook:{page.id}")
    double.write(page, ivan, "Here again")
    work_for(time, HOUR)

    address.refresh_from_db()
    assert address.state == "connected"
    assert [each.subject for each in mail.outbox][1:] == ["Olena Koval works again"]
    assert Chat.objects.filter(integration__address__kind="facebook").count() == 1
    assert lines(chat) == [("User", "Text", "Good morning"), ("User", "Text", "Here again")]


def test_a_login_of_instagram_outlives_its_sixty_days(owner: Owner, double: Meta, time: Time) -> None:
    account = double.add_account("olena.bakes")
    owner.connect_account(account)
    first = Address.objects.get(kind="instagram").credentials["token"]

    for _ in range(3):
        time.pass_by(31 * DAY)
        a_day_comes(time)

    address = Address.objects.get(kind="instagram")
    assert double.trouble_of(double.tokens[first]) == 463, "it would have ended by now"
    assert (address.state, mail.outbox) == ("connected", [])
    double.write(account, double.add_customer(account), "Still there?")
    work()
    outbound.send(only_chat(), text="Of course")
    work()
    assert [message.text for message in double.sent] == ["Of course"]
