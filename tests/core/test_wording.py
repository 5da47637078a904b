"""What is stored in English is read in the reader's language, as far as it is ours."""

import struct

import pytest
from django.utils.translation import override

from happ_project.core import wording
from happ_project.core.text import BULLET
from messengers import errors, registry, types
from tests.doubles.recording_io import OfflineIO


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


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("The text is longer than 4096 characters.", "Текст довший за 4096 символів."),
        ("WaSender answered with the HTTP status 503", "WaSender: відповідь із HTTP-статусом 503"),
        ("E-Chat answered with the status sleeping", "E-Chat: відповідь зі статусом sleeping"),
        ("api.wasender.com did not answer in time", "api.wasender.com не відповів вчасно"),
        ("Your server answered 500: out of order", "Ваш сервер відповів 500: out of order"),
        ("We do not call this address: 10.0.0.7 leads to an address that is not public",
         "Ми не звертаємося за цією адресою: 10.0.0.7 веде на непублічну адресу"),
        ("Telegram bot does not take files of an unknown type.", "Бот Telegram не приймає файлів невідомого типу."),
    ],
)  # fmt: skip
def test_a_sentence_with_values_is_translated_with_them(stored: str, read: str) -> None:
    with override("uk"):
        assert wording.translated(stored) == read
    with override("en"):
        assert wording.translated(stored) == stored


def test_a_catalogue_is_read_in_either_order_of_bytes() -> None:
    def compiled(order: str) -> bytes:
        texts = [("", "header"), ("Room", "Кімната")]
        at = 28 + 16 * len(texts)
        head, body = struct.pack(f"{order}7I", 0x950412DE, 0, len(texts), 28, 28 + 8 * len(texts), 0, 0), b""
        for column in (0, 1):
            for each in texts:
                raw = each[column].encode()
                head += struct.pack(f"{order}2I", len(raw), at + len(body))
                body += raw + b"\0"
        return head + body

    for order in "<>":
        assert list(wording._messages(compiled(order))) == [("", "header"), ("Room", "Кімната")]


def test_words_of_others_are_not_taken_for_a_sentence_of_ours() -> None:
    words = "Somebody answered quickly, and 3 cakes were sold."

    with override("uk"):
        assert wording.translated(words) == words


def test_what_every_messenger_refuses_by_itself_is_read_in_ukrainian() -> None:
    file = types.OutgoingAttachment(kind="document", file_id="f", mime="application/x-odd", size=1 << 40)
    sticker = types.OutgoingAttachment(kind="sticker", file_id="", mime="", ref="40138")
    for kind in registry.kinds():
        adapter = registry.open(kind, io=OfflineIO())
        long = "я" * (adapter.capabilities.text_limit + 1)
        for message in ({"text": long}, {"text": ""}, {"attachment": file}, {"attachment": sticker}):
            try:
                adapter.refuse_unsupported(types.OutgoingMessage(client_ref="r", chat_id="1", **message))  # type: ignore[arg-type]
            except errors.Unsupported as refusal:
                with override("uk"):
                    assert wording.translated(refusal.reason) != refusal.reason, refusal.reason
