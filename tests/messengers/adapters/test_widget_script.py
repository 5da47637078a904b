"""The widget's script, as the pages of our customers' websites fetch it."""

from __future__ import annotations

from django.test import Client

ADDRESS = "/widget/v1.js"


def test_it_is_small_on_the_wire_and_open_to_every_page() -> None:
    answer = Client().get(ADDRESS, headers={"accept-encoding": "gzip"})

    assert (answer.status_code, answer["Content-Encoding"]) == (200, "gzip")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cache-Control"] == "public, max-age=300"


def test_a_browser_that_has_it_is_told_so() -> None:
    tag = Client().get(ADDRESS)["ETag"]

    answer = Client().get(ADDRESS, headers={"if-none-match": tag})

    assert (answer.status_code, answer.content) == (304, b"")
