"""A formatted text goes out in what the messenger speaks, in pieces that fit it."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from happ_project.core import markup
from happ_project.core.formatted import Formatted, Mark, tidy
from messengers import formatting, text_splitting
from messengers.capabilities import Capabilities

PLAIN = Capabilities(transport="webhook", authenticity="hmac")
SIGNS = dataclasses.replace(PLAIN, formatting="signs")
MARKS = dataclasses.replace(PLAIN, formatting="marks", text_unit="utf16")


def wire(able: Capabilities, written: str) -> str:
    (piece,) = formatting.pieces(markup.read(written), able)
    assert able.formatting == "marks" or not piece.marks
    return piece.text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**Yes**, we *do*.", "*Yes*, we _do_."),
        ("***Sale*** ~~10~~", "*_Sale_* ~10~"),
        ("`make`", "```make```"),
        ("```\nls\npwd\n```", "```ls\npwd```"),
        ("# Prices\n- **A**: 4\n- B", "*Prices*\n- *A*: 4\n- B"),
        ("[our page](https://shop.example)", "our page (https://shop.example)"),
        ("**[our page](https://shop.example)**", "*our page (https://shop.example)*"),
        ("**one\ntwo**", "*one*\n*two*"),
        ("**use `make` now**", "*use* ```make``` *now*"),
        ("😀 **жирне** далі", "😀 *жирне* далі"),
        ("**שלום** עולם", "*שלום* עולם"),
        # what WhatsApp and Viber would show as raw signs
        ("**45**грн", "45грн"),
        ("**2\\*3**", "2*3"),
    ],
)
def test_signs_are_those_of_whatsapp_and_viber(written: str, shown: str) -> None:
    assert wire(SIGNS, written) == shown


def test_marks_that_cross_are_not_left_open_as_signs() -> None:
    said = tidy("abc def ghi", [Mark(kind="bold", start=0, end=7), Mark(kind="italic", start=4, end=11)])

    assert formatting.pieces(said, SIGNS)[0].text == "*abc def* _ghi_"


def test_a_plain_channel_gets_text_alone() -> None:
    assert wire(PLAIN, "**Menu**\n* [soup](https://x.example)\n* `tea`") == "Menu\n- soup (https://x.example)\n- tea"


def test_a_channel_with_links_gets_their_words() -> None:
    (piece,) = formatting.pieces(markup.read("😀 [soup](https://x.example), [mail](mailto:a@b.example)"), MARKS)

    assert piece.text == "😀 soup, mail (a@b.example)"
    assert [(mark.kind, mark.start, mark.end, mark.ref) for mark in piece.marks_in_utf16()] == [
        ("link", 3, 7, "https://x.example")
    ]


@pytest.mark.parametrize("able", [PLAIN, SIGNS, MARKS])
def test_a_format_that_is_longer_than_the_limit_is_whole_in_each_piece(able: Capabilities) -> None:
    said = markup.read(f"**{('слово ' * 800).strip()}**")
    assert len(said.text) > able.text_limit

    pieces = formatting.pieces(said, able)

    assert len(pieces) == 2
    for piece in pieces:
        assert text_splitting.measure(piece.text, unit=able.text_unit) <= able.text_limit
        if able is SIGNS:
            assert piece.text.startswith("*слово") and piece.text.endswith("слово*") and piece.text.count("*") == 2
        if able is MARKS:
            assert [(mark.kind, mark.start, mark.end) for mark in piece.marks] == [("bold", 0, len(piece.text))]


def test_signs_count_towards_the_limit() -> None:
    exactly = formatting.pieces(markup.read(f"**{'a' * 4094}**"), SIGNS)
    above = formatting.pieces(markup.read(f"**{'a' * 4095}**"), SIGNS)

    assert [len(piece.text) for piece in exactly] == [4096]
    assert [len(piece.text) for piece in above] == [4096, 3]


def test_4097_characters_are_two_messages_and_emoji_count_twice_in_utf_16() -> None:
    assert [len(piece.text) for piece in formatting.pieces(Formatted("a" * 4097), MARKS)] == [4096, 1]
    assert [len(piece.text) for piece in formatting.pieces(Formatted("😀" * 2049), MARKS)] == [2048, 1]


def test_a_link_is_not_cut_open() -> None:
    able = dataclasses.replace(MARKS, text_limit=40)
    said = markup.read("Everything that we bake today: [the long list of cakes](https://x.example)")

    first, second = formatting.pieces(said, able)

    assert first.text == "Everything that we bake today:"
    assert (second.text, [mark.kind for mark in second.marks]) == ("the long list of cakes", ["link"])


def test_bytes_are_what_instagram_counts() -> None:
    able = dataclasses.replace(PLAIN, text_limit=1000, text_unit="bytes")

    pieces = formatting.pieces(markup.read(f"**{('Речення про все. ' * 80).strip()}**"), able)

    assert all(len(piece.text.encode()) <= 1000 and piece.text.endswith(".") for piece in pieces)


def test_a_refused_formatting_leaves_the_text_and_the_addresses() -> None:
    (piece,) = formatting.pieces(markup.read("**See** [our page](https://x.example)"), MARKS)

    assert formatting.plain(piece, MARKS) == Formatted("See our page (https://x.example)")
    assert formatting.plain(piece, dataclasses.replace(MARKS, text_limit=20)) == Formatted("See our page")


@given(
    st.text(alphabet="abв 😀*_~`\n.", min_size=1, max_size=80),
    st.lists(
        st.builds(
            Mark,
            kind=st.sampled_from(["bold", "italic", "code", "link", "strike"]),
            start=st.integers(0, 80),
            end=st.integers(0, 80),
            ref=st.just("https://x.example"),
        ),
        max_size=6,
    ),
    st.integers(8, 40),
)
def test_every_piece_of_anything_fits_and_nothing_is_lost(text: str, marks: list[Mark], limit: int) -> None:
    said = tidy(text, marks).expanded()
    for style in (PLAIN, SIGNS, MARKS):
        able = dataclasses.replace(style, text_limit=limit)

        pieces = formatting.pieces(said, able)

        assert all(0 < text_splitting.measure(piece.text, unit=able.text_unit) <= limit for piece in pieces)
        told = "".join("".join(piece.text for piece in pieces).split())
        kept = iter(told)
        wanted = "".join((said.contracted({"https"}) if style is MARKS else said).text.split())
        assert all(character in kept for character in wanted), (told, wanted)
