"""How a person is called: at a word, in the customer's language, with a mail to who wants one."""

from typing import Any

import pytest
from django.core import mail

from assistants.models import Assistant
from conversations.models import HandoffNotice
from happ_project.companies.models import Membership
from tests import factories
from tests.doubles.model import ModelServer
from tests.doubles.model import Reply as Says
from tests.journeys.shop import Shop
from tests.speaking import asked_for_answers, last_turn, model, shop
from tests.working import Time, time, work, work_for

__all__ = ["model", "shop", "time"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_word_for_a_person_waits_for_nothing(shop: Shop, model: ModelServer, time: Time) -> None:
    shop.integration.debounce_seconds = 10
    shop.integration.save()
    shop.assistant.person_words = "менеджер\nlive agent"
    shop.assistant.save()

    shop.writes("what does it cost?")
    work()
    shop.writes("Live agent!")
    work()

    assert (last_turn().outcome, last_turn().category) == ("handed_off", "customer_asked")
    assert (shop.chat().ai_on, shop.chat().needs_attention) == (False, True)
    assert asked_for_answers(model) == [], "it sums up for the person, and is asked for no answer"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("оператор", "Кличу колегу. Вам відповідять тут."),
        ("operator", "I am calling a colleague. They will answer"),
        ("Konsultant, proszę", "Wkrótce odpowie tu Państwu nasz pracownik."),
    ],
)
def test_the_customer_is_told_in_their_language(shop: Shop, model: ModelServer, text: str, line: str) -> None:
    shop.writes(text)
    work()

    assert line in shop.said()[-1]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Где мой заказ?", "Спасибо за сообщение. Скоро вам здесь ответит коллега."),
        ("Wo ist meine Bestellung?", "Danke für Ihre Nachricht. Ein Mitarbeiter antwortet Ihnen hier in Kürze."),
    ],
)
def test_so_they_are_where_the_model_cannot_be_asked(shop: Shop, model: ModelServer, text: str, line: str) -> None:
    model.script(Says(mood="no_quota"))

    shop.writes(text)
    work()

    assert shop.said()[-1] == f"ai: {line}"


def test_each_member_gets_one_mail_for_a_handoff(shop: Shop) -> None:
    bob = factories.make_member(shop.company)
    silent = factories.make_member(shop.company)
    Membership.objects.filter(pk=silent.pk).update(mail_on_handoff=False)

    shop.writes("operator")
    work()
    work()

    assert sorted(to for sent in mail.outbox for to in sent.to) == sorted([shop.company.owner.email, bob.user.email])
    assert str(shop.chat().pk) in mail.outbox[0].body


def test_a_broken_mail_server_delays_and_does_not_drop(shop: Shop, time: Time, settings: Any) -> None:
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = 1
    shop.writes("operator")
    work_for(time, 3600)
    assert HandoffNotice.objects.get().state == "waiting"
    assert shop.said()[-1].startswith("ai: I am calling")

    settings.EMAIL_BACKEND = working
    work_for(time, 700)

    assert len(mail.outbox) == 1


def test_it_says_once_that_it_is_an_assistant(shop: Shop, model: ModelServer) -> None:
    Assistant.objects.update(discloses=True)
    model.script(Says(text="Four euros."))

    for text in ("what does it cost?", "and the big one?"):
        shop.writes(text)
        work()

    first, second = (line for line in shop.said() if line.startswith("ai: "))
    assert first.startswith("ai: You are talking to an automatic assistant.")
    assert second == "ai: Four euros."
