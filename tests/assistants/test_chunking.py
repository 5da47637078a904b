"""How a text becomes passages."""

import pytest

from assistants.knowledge import chunking
from assistants.knowledge.chunking import Piece


def test_a_question_stays_with_its_answer() -> None:
    page = "How long does it take?\nTwo days.\n\nWhat does it cost?\nFour euros.\nFree from sixty."

    assert chunking.by_length(page) == [
        Piece("How long does it take?", "Two days."),
        Piece("What does it cost?", "Four euros.\nFree from sixty."),
    ]


@pytest.mark.parametrize(
    "page",
    [
        "Q: Do you deliver to Poland?\nA: Yes, in four days.",
        "**Do you deliver to Poland?**\n\nYes, in four days.",
        "### 3. Do you deliver to Poland?\nYes, in four days.",
        "1) Do you deliver to Poland?\n\nYes, in four days.\n\n",
        "Question: Do you deliver to Poland?\r\nAnswer: Yes, in four days.",
    ],
)
def test_the_marks_of_questions_are_read_and_dropped(page: str) -> None:
    assert chunking.by_length(page) == [Piece("Do you deliver to Poland?", "Yes, in four days.")]


def test_ukrainian_marks_are_read_too() -> None:
    page = "Питання: Чи є доставка?\nВідповідь: Так, по всій Україні."

    assert chunking.by_length(page) == [Piece("Чи є доставка?", "Так, по всій Україні.")]


def test_several_questions_without_blank_lines_are_told_apart() -> None:
    page = "Do you deliver to Poland?\nYes.\nMay I pay by card on delivery?\nNo, online only."

    assert [piece.title for piece in chunking.by_length(page)] == [
        "Do you deliver to Poland?",
        "May I pay by card on delivery?",
    ]


def test_a_heading_is_the_title_of_what_follows() -> None:
    page = "# Returns\n\nThirty days.\n\nUnworn only.\n\nStore\n\nOpen daily."

    assert chunking.by_length(page) == [
        Piece("Returns", "Thirty days."),
        Piece("Returns", "Unworn only."),
        Piece("Store", "Open daily."),
    ]


def test_a_question_of_few_words_takes_its_heading_along() -> None:
    page = "# Returns\n\nHow long?\nThirty days."

    assert chunking.by_length(page) == [Piece("Returns: How long?", "Thirty days.")]


def test_a_statement_over_its_explanation_is_its_title() -> None:
    page = "The parcel came damaged.\nSend us a photo of it within 14 days, and we replace it at once."

    assert chunking.by_length(page)[0].title == "The parcel came damaged."


def test_lines_wrapped_by_an_editor_have_no_title() -> None:
    page = "Our workshop was founded in the spring of 1987 by two sisters who\nwanted to weave as their mother did."

    assert [piece.title for piece in chunking.by_length(page)] == [""]


def test_a_list_is_no_row_of_headings() -> None:
    page = "We accept:\n- cash\n- cards\n- vouchers?"

    assert chunking.by_length(page) == [Piece("We accept", "- cash\n- cards\n- vouchers?")]


def test_a_long_answer_is_cut_between_sentences_under_one_title() -> None:
    page = "What are your terms?\n" + "This is one of many sentences of terms. " * 60

    pieces = chunking.by_length(page)

    assert len(pieces) > 1
    assert {piece.title for piece in pieces} == {"What are your terms?"}
    assert all(len(piece.text) <= chunking.LONGEST for piece in pieces)
    assert all(piece.text.endswith(".") for piece in pieces)


def test_a_word_without_end_is_cut_all_the_same() -> None:
    assert all(len(piece.text) <= chunking.LONGEST for piece in chunking.by_length("x" * 5_000))


@pytest.mark.parametrize("page", ["", "  \n\n ", "# Only a heading", "A question without an answer?"])
def test_what_tells_nothing_makes_no_passage(page: str) -> None:
    assert chunking.by_length(page) == []


def test_items_are_kept_whole() -> None:
    catalogue = "Grey scarf\n20 euros\n---\nBlue hat, 15 euros\n---\n"

    assert chunking.by_items(catalogue, delimiter="---") == [
        Piece("Grey scarf", "20 euros"),
        Piece("", "Blue hat, 15 euros"),
    ]


def test_a_delimiter_may_be_a_written_line_break() -> None:
    assert len(chunking.by_items("one\ntwo\nthree", delimiter="\\n")) == 3


def test_items_without_delimiter_are_parted_by_blank_lines() -> None:
    assert len(chunking.by_items("one\n\ntwo", delimiter="")) == 2
