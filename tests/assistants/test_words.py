"""Languages and basic forms of words."""

from collections.abc import Callable

import pytest

from assistants import colleague, language
from assistants.engine import callwords, lines, wishes
from assistants.knowledge import fusion, lemmas


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where is my parcel?", "en"),
        ("Де моя посилка?", "uk"),
        ("Где моя посылка?", "ru"),
        ("коли приїде", "uk"),
        ("а когда будет", "ru"),
        ("доставка", "uk"),
        ("iPhone 15 є?", "en"),
        ("42?", ""),
        ("👍", ""),
    ],
)
def test_a_language_is_told_by_letters_and_small_words(text: str, expected: str) -> None:
    assert language.detect(text) == expected


def test_a_short_foreign_word_does_not_turn_the_conversation() -> None:
    assert language.of_conversation(["Де моя посилка?", "ok"]) == "uk"
    assert language.of_conversation(["Де моя посилка?", "In English, please"]) == "en"
    assert language.of_conversation(["42", "!"]) == "en"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ile kosztuje dostawa do Krakowa?", "pl"),
        ("Konsultant, proszę", "pl"),
        ("Wie viel kostet der Versand?", "de"),
        ("Combien coûte la livraison ?", "fr"),
        ("hola", "es"),
        ("Quanto costa la spedizione?", "it"),
        ("Koľko stojí doprava?", "sk"),
        ("კურიერი როდის მოვა?", "ka"),
        ("送料はいくらですか", "ja"),
        ("运费多少", "zh"),
        ("Где мой заказ?", "ru"),
    ],
)
def test_many_languages_are_spoken_to(text: str, expected: str) -> None:
    assert language.of_conversation([text]) == expected


@pytest.mark.parametrize("text", ["Do you deliver to La Paz?", "De Luxe box price?", "operator", "Nike Air Max", "ok"])
def test_a_name_in_an_english_message_makes_no_other_language_of_it(text: str) -> None:
    assert language.of_conversation([text]) == "en"


def test_it_says_what_it_is_in_every_language_of_an_assistant_with_a_word_that_calls_a_person() -> None:
    for code in language.NAMES:
        said = lines.disclosure(code)
        assert callwords.USUAL[code][0] in said
        assert wishes.asks_for_person(callwords.USUAL[code][0], {}, spoken=code)
    assert len({lines.disclosure(code) for code in language.NAMES}) == len(language.NAMES)


@pytest.mark.parametrize("say", [colleague.answers_soon, lines.secrecy])
def test_what_has_to_be_said_is_said_in_every_language_of_an_assistant(say: Callable[[str], str]) -> None:
    assert len({say(code) for code in language.NAMES}) == len(language.NAMES)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("посилки", "посилка"),
        ("повернулись", "повернутися"),
        ("returned", "return"),
        ("п'ятницю", "пятниця"),
        ("42", "42"),
    ],
)
def test_a_word_is_brought_to_its_basic_form(word: str, expected: str) -> None:
    assert lemmas.lemma(word) == expected


def test_words_that_say_nothing_are_left_out() -> None:
    assert lemmas.content_lemmas("Де ж моя посилка і як її забрати, посилку?") == ["посилка", "забрати"]
    assert lemmas.content_lemmas("How can I return the shoes?") == ["return", "shoe"]


@pytest.mark.parametrize("apostrophe", ["'", "’", "ʼ"])
def test_every_apostrophe_is_the_same(apostrophe: str) -> None:
    assert lemmas.lemmas(f"зв{apostrophe}язатися") == lemmas.lemmas("зв'язатися")


def test_a_typo_is_alike_and_another_word_is_not() -> None:
    assert fusion.alike("tracking", "traking") > 0
    assert fusion.alike("tracking", "trousers") == 0


def test_a_rare_word_tells_more_than_a_common_one() -> None:
    rarities = {"poland": fusion.rarity(1, 30), "order": fusion.rarity(20, 30)}

    rare = fusion.rank("order poland", [candidate("Do you deliver to Poland?")], rarities=rarities)
    common = fusion.rank("order poland", [candidate("How do I order?")], rarities=rarities)

    assert rare[0].signals["words"] > common[0].signals["words"]


def test_a_misspelt_word_counts_in_part() -> None:
    spelt, misspelt = (
        fusion.rank(word, [candidate("Where is my tracking number?")], rarities={word: 1.0})[0].signals
        for word in (lemmas.lemma("tracking"), "trackk")
    )

    assert spelt["words"] > misspelt["letters"] > 0
    assert (spelt["letters"], misspelt["words"]) == (0, 0)


def candidate(title: str) -> fusion.Candidate:
    words = " ".join(lemmas.lemmas(f"{title} Yes."))
    return fusion.Candidate("1", "1", "FAQ", title, "Yes.", words, semantic=0.0)
