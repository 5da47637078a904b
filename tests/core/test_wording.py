"""What is stored in English is read in the reader's language, as far as it is ours."""

from django.utils.translation import override

from happ_project.core import wording
from happ_project.core.text import BULLET


def test_what_is_put_together_is_translated_part_by_part() -> None:
    with override("uk"):
        assert wording.translated("The E-Chat tariff has ended: 2026-11-01") == "Тариф E-Chat закінчився: 2026-11-01"


def test_each_line_is_translated_by_itself_and_lists_stay_lists() -> None:
    text = f"Please allow that on Facebook.\n{BULLET}Telegram cannot be reached.\nwords of others"

    with override("uk"):
        lines = wording.translated(text).split("\n")

    assert lines == ["Надайте його у Facebook.", f"{BULLET}Telegram недоступний.", "words of others"]


def test_english_stays_as_it_was_written() -> None:
    assert wording.translated(f"A: b\n{BULLET}c\n\nd") == f"A: b\n{BULLET}c\n\nd"
