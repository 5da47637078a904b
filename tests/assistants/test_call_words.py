"""Words that call a person: the usual ones and a company's own, in the language of the customer."""

import re

import pytest
from django.test import Client

from assistants.services import assistants
from conversations.models import AiTurn
from conversations.services import chats
from tests.doubles.model import ModelServer
from tests.journeys.shop import Shop
from tests.speaking import model, shop
from tests.working import work

__all__ = ["model", "shop"]

pytestmark = pytest.mark.django_db(transaction=True)


def calls_at_once(shop: Shop, model: ModelServer, text: str) -> bool:
    """Whether it waits for nothing, and no model is asked for an answer."""
    asked = sum("tools" in request.body for request in model.requests)
    shop.writes(text)
    work()
    last = AiTurn.objects.latest("id")
    chats.set_ai(shop.chat(), True)
    return last.category == "customer_asked" and sum("tools" in request.body for request in model.requests) == asked


def test_the_usual_words_of_many_languages_call_a_person(shop: Shop, model: ModelServer) -> None:
    for text in ("Operator!", "Konsultant, proszę", "opérateur", "OPERATEUR", "Mensch bitte", "客服", "нужен оператор"):
        assert calls_at_once(shop, model, text), text
    for text in ("Mitarbeiterrabatt?", "Czy człowiek może to odebrać jutro?", "Is this human hair?"):
        assert not calls_at_once(shop, model, text), text


def test_own_words_count_in_the_languages_they_are_given_for(shop: Shop, model: ModelServer) -> None:
    words = {"uk": ["Завідувачка", "жива душа"], "pl": ["szef"], "en": ["boss"]}
    assistants.change(shop.assistant, person_words="Олег", person_words_by_language=words)

    for text in ("Дайте завідувачку!", "хочу з живою душею", "Gdzie jest SZÉF?", "the boss", "Олега сюди", "boss?"):
        assert calls_at_once(shop, model, text), text
    for text in ("завідувачкаминула", "bossy", "Как у вас завідувачка? Это ведь не то, о чём я хотела бы узнать"):
        assert not calls_at_once(shop, model, text), text


def test_own_words_are_set_on_the_page_and_kept(shop: Shop, client: Client) -> None:
    client.force_login(shop.company.owner)
    path = f"/assistants/{shop.assistant.pk}/"
    page = client.get(path).content.decode()
    assert "Konsultant" in page or "konsultant" in page, "the usual ones are told"
    form = dict(re.findall(r'<input[^>]* name="(name|answers_per_hour|most_answers)"[^>]* value="([^"]*)"', page))
    form |= {"ai_auto_return_delay_minutes": "30", "person_words": "Oleh"}
    rows = {
        "person_words_by_language_language": ["pl", "", "uk"],
        "person_words_by_language_words": ["szef, kierownik", "", "шеф"],
    }

    client.post(path, {**form, **rows})

    shop.assistant.refresh_from_db()
    assert shop.assistant.call_words == {"pl": ["szef", "kierownik"], "uk": ["шеф"], "": ["Oleh"]}
    assert 'value="szef, kierownik"' in client.get(path).content.decode()
    refused = client.post(
        path, {**form, "person_words_by_language_language": [""], "person_words_by_language_words": ["x"]}
    )
    assert refused.status_code == 422
