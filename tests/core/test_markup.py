"""Markdown is read into text with marks, and what only looks like Markdown stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from happ_project.core import markup
from happ_project.core.formatted import Formatted


def seen(said: Formatted) -> list[tuple[str, str]]:
    """What is marked, and as what."""
    return [(mark.kind, said.text[mark.start : mark.end]) for mark in said.marks]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**Yes**, we *do*.", "Yes, we do."),
        ("__Yes__, we _do_.", "Yes, we do."),
        ("## Delivery\nTwo days.", "Delivery\nTwo days."),
        ("* cards\n* cash", "- cards\n- cash"),
        ("- cards\n  - visa", "- cards\n  - visa"),
        ("1) first\n2) second\n   and more", "1) first\n2) second\n   and more"),
        ("See [our page](https://shop.example/a_b).", "See our page (https://shop.example/a_b)."),
        ("See [our page](/prices).", "See our page (/prices)."),
        ("[https://shop.example](https://shop.example)", "https://shop.example"),
        ("<https://shop.example>", "https://shop.example"),
        ("Write to [hi@shop.example](mailto:hi@shop.example)", "Write to hi@shop.example"),
        ("![the menu](https://shop.example/menu.jpg)", "the menu (https://shop.example/menu.jpg)"),
        ("`make run`", "make run"),
        ("```\ncode\n  more\n```", "code\n  more"),
        ("> quoted", "quoted"),
        ("one\n\n---\n\ntwo", "one\n\ntwo"),
        ("one\n\n\n\n\ntwo", "one\n\ntwo"),
        ("~~10~~ 8 euros", "10 8 euros"),
        ("***Sale***", "Sale"),
        ("**Ціна:**45 грн, **2 шт.**від", "Ціна:45 грн, 2 шт.від"),
        ("| size | price |\n|---|---|\n| S | **4** |", "size | price\nS | 4"),
    ],
)
def test_marks_of_a_model_become_plain_text(written: str, shown: str) -> None:
    assert markup.read(written).text == shown


@pytest.mark.parametrize(
    ("written", "looks"),
    [
        ("**Yes**, we *do*.", [("bold", "Yes"), ("italic", "do")]),
        ("# Delivery", [("bold", "Delivery")]),
        ("***Sale*** ~~10~~", [("bold", "Sale"), ("italic", "Sale"), ("strike", "10")]),
        ("**so *much* more**", [("bold", "so much more"), ("italic", "much")]),
        ("- **a**: `b`", [("bold", "a"), ("code", "b")]),
        ("```py\nx = 1\n```", [("block", "x = 1")]),
        ("> one\n> two\n\nthree", [("quote", "one\ntwo")]),
        ("[a **b**](https://x.example)", [("link", "a b (https://x.example)"), ("bold", "b")]),
        ("😀 **bold** 👨‍👩‍👧 _more_", [("bold", "bold"), ("italic", "more")]),
        ("**שלום** עולם", [("bold", "שלום")]),
    ],
)
def test_how_it_looks_is_kept_beside_the_text(written: str, looks: list[tuple[str, str]]) -> None:
    assert seen(markup.read(written)) == looks


@pytest.mark.parametrize(
    "text",
    [
        "2 * 3 * 4 = 24",
        "2*3*4 = 24",
        "x**2 + y**2",
        "a_snake_case_name",
        "5*5*5",
        "5* and 4* hotels",
        "-5 °C",
        "+ 5\n+ 6",
        "~5 minutes",
        "1. first\n2. second",
        "Ціна: 45 грн (від 2 шт.)",
        "#1 choice",
        "Total\n=====",
        "AT&amp;T, <b>no markup</b>",
        "[click](javascript:alert(1))",
    ],
)
def test_what_only_looks_like_a_mark_stays(text: str) -> None:
    assert markup.read(text) == Formatted(text)
    assert markup.typed(text) == Formatted(text)


def test_what_a_person_types_is_formatted_by_clear_signs_alone() -> None:
    said = markup.typed("**Так**, *завтра* о `9:00`: ~~100~~ 80 грн, [меню](https://x.example/a_b)")

    assert said.text == "Так, завтра о 9:00: 100 80 грн, меню (https://x.example/a_b)"
    assert seen(said) == [
        ("bold", "Так"),
        ("italic", "завтра"),
        ("code", "9:00"),
        ("strike", "100"),
        ("link", "меню (https://x.example/a_b)"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "  indented\n\n\n\n  and   spaced  \n",
        "* one\n* two\n> 18 years\n# of rooms\n---",
        "¯\\_(ツ)_/¯",
        "__init__ and *",
        "грн*\n*без ПДВ",
        "C:\\new\\*.txt and *.py",
        "<https://x.example>",
    ],
)
def test_all_else_that_a_person_types_stays_to_the_last_space(text: str) -> None:
    assert markup.typed(text) == Formatted(text)


def test_a_block_of_code_that_a_person_types_keeps_its_lines() -> None:
    said = markup.typed("Run:\n```sh\nls\n\n  pwd\n```\n  then  **go**")

    assert said.text == "Run:\nls\n\n  pwd\n  then  go"
    assert seen(said) == [("block", "ls\n\n  pwd"), ("bold", "go")]


@given(st.text(alphabet=st.characters(exclude_characters="*_~`[]\r\0", exclude_categories=["Cs"])))
def test_no_text_without_signs_is_changed(text: str) -> None:
    assert markup.typed(text) == Formatted(text)


@given(st.text(alphabet="*_~`[]()<>#-+.1 ab\n|\\", max_size=60))
def test_nothing_that_is_written_breaks_it(text: str) -> None:
    for said in (markup.read(text), markup.typed(text)):
        assert all(0 <= mark.start < mark.end <= len(said.text) for mark in said.marks)
