"""How sure the search is of its first passage."""

from assistants.knowledge import fusion, lemmas
from assistants.knowledge.fusion import Candidate


def make_candidate(text: str, semantic: float, *, title: str = "") -> Candidate:
    return Candidate(
        id=text,
        document_id="1",
        document="FAQ",
        title=title,
        text=text,
        lemmas=" ".join(lemmas.lemmas(f"{title} {text}")),
        semantic=semantic,
    )


def sureness(*candidates: Candidate, question: str = "some question") -> float:
    return fusion.rank(question, candidates, rarities={})[0].signals["sure"]


def test_a_clear_winner_is_sure() -> None:
    assert sureness(make_candidate("one", 1.9), make_candidate("two", 0.5)) > 0.9


def test_a_close_race_is_not_sure() -> None:
    assert sureness(make_candidate("one", 1.9), make_candidate("two", 1.85)) < 0.5


def test_a_lonely_but_weak_passage_is_not_sure() -> None:
    assert sureness(make_candidate("one", 0.6)) < 0.1


def test_a_copy_of_the_answer_is_no_rival() -> None:
    assert sureness(make_candidate("Open daily.", 1.9), make_candidate("Open DAILY.", 1.89)) > 0.9


def test_the_rest_of_a_long_answer_is_no_rival() -> None:
    first, second = (make_candidate(text, 1.9, title="Terms?") for text in ("part one", "part two"))

    assert sureness(first, second) > 0.9


def test_the_translation_of_the_answer_is_no_rival() -> None:
    ours, theirs = make_candidate("Open daily.", 1.9), make_candidate("Працюємо щодня, без вихідних.", 1.92)

    ranked = fusion.rank("when are you open", [ours, theirs], rarities={})

    assert ranked[0].text == "Open daily."
    assert ranked[0].signals["sure"] > 0.9


def test_nothing_found_is_nothing() -> None:
    assert fusion.rank("some question", [], rarities={}) == []


def test_the_order_does_not_depend_on_the_order_of_arrival() -> None:
    one, two = make_candidate("one", 1.0), make_candidate("two", 1.0)

    assert fusion.rank("q", [one, two], rarities={}) == fusion.rank("q", [two, one], rarities={})
