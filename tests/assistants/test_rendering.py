"""Markdown does not reach the customer."""

import pytest

from assistants.engine import rendering


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**Yes**, we *do*.", "Yes, we do."),
        ("__Yes__, we _do_.", "Yes, we do."),
        ("## Delivery\nTwo days.", "Delivery\nTwo days."),
        ("* cards\n* cash", "• cards\n• cash"),
        ("- cards\n  - visa", "• cards\n  • visa"),
        ("See [our page](https://shop.example/a_b).", "See our page (https://shop.example/a_b)."),
        ("[https://shop.example](https://shop.example)", "https://shop.example"),
        ("Write to [hi@shop.example](mailto:hi@shop.example)", "Write to hi@shop.example"),
        ("`make run`", "make run"),
        ("```\ncode\n```", "code"),
        ("> quoted", "quoted"),
        ("one\n\n---\n\ntwo", "one\n\ntwo"),
        ("~~10~~ 8 euros", "10 8 euros"),
        ("***Sale***", "Sale"),
    ],
)
def test_marks_become_plain_text(written: str, shown: str) -> None:
    assert rendering.plain(written) == shown


@pytest.mark.parametrize(
    "text",
    [
        "2 * 3 * 4 = 24",
        "a_snake_case_name",
        "5*5*5",
        "-5 °C",
        "1. first\n2. second",
        "Ціна: 45 грн (від 2 шт.)",
        "#1 choice",
    ],
)
def test_what_only_looks_like_a_mark_stays(text: str) -> None:
    assert rendering.plain(text) == text
