"""Long answers become messages that fit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messengers import text_splitting
from messengers.text_splitting import measure, split


def test_a_text_that_fits_is_left_alone() -> None:
    assert split("Hello,\n\n  world", 100) == ["Hello,\n\n  world"]


def test_nothing_becomes_no_message() -> None:
    assert split(" \n\t ", 100) == []


def test_it_cuts_between_paragraphs_first() -> None:
    assert split("One. Two.\n\nThree. Four. Five.", 20) == ["One. Two.", "Three. Four. Five."]


def test_it_cuts_at_the_end_of_a_sentence() -> None:
    assert split("It is open. Come in! Really? Yes, please do", 30) == [
        "It is open. Come in! Really?",
        "Yes, please do",
    ]


def test_it_cuts_between_words_where_there_is_no_sentence() -> None:
    assert split("alpha beta gamma delta", 11) == ["alpha beta", "gamma delta"]


def test_a_word_longer_than_a_message_is_cut() -> None:
    assert split("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]


def test_a_piece_may_end_exactly_at_the_limit() -> None:
    assert split("abcd efgh", 4) == ["abcd", "efgh"]


def test_bytes_are_counted_as_bytes() -> None:
    assert split("їжак їжак", 8, "bytes") == ["їжак", "їжак"]
    assert all(len(piece.encode()) <= 7 for piece in split("їжакїжак", 7, "bytes"))


@pytest.mark.parametrize("grapheme", ["👨‍👩‍👧‍👦", "🇺🇦", "👍🏽", "é", "й", "각", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"])
@pytest.mark.parametrize("lead", range(8))
def test_a_visible_character_is_never_cut(grapheme: str, lead: int) -> None:
    limit = 4 * len(grapheme) + 1

    pieces = split("x" * lead + grapheme * 20, limit)

    assert "".join(pieces) == "x" * lead + grapheme * 20
    for piece in pieces:
        assert piece.lstrip("x") == grapheme * (len(piece.lstrip("x")) // len(grapheme))


def test_a_limit_below_one_character_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="one character"):
        split("text", 3, "bytes")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=400), st.integers(4, 60), st.sampled_from(["characters", "bytes"]))
def test_nothing_is_lost_and_every_piece_fits(text: str, limit: int, unit: text_splitting.Unit) -> None:
    pieces = split(text, limit, unit)

    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(0 < measure(piece, unit=unit) <= limit for piece in pieces)
