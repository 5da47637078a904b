"""Lessons 12-14 and 33-43, about channels: each has its test where its channel is, and the list is checked here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from conversations.models import Message
from happ_project.files import services as files
from integrations.models import Event
from messengers import types
from messengers.models import InboundReceipt
from tests.contract.test_features import drawn
from tests.journeys.shop import Shop
from tests.working import work

TESTS = Path(__file__).parents[1]

WHERE = {
    12: "messengers/telegram/test_catching_up.py",
    13: "sessions/test_leases.py::test_two_runners_never_connect_one_account_twice",
    14: "sessions/test_runner.py::test_a_limit_on_connecting_is_waited_out_by_every_runner",
    33: "stories/test_every_story.py::test_the_story",
    34: "messengers/viber/test_journey.py::test_a_dead_key_asks_for_a_login_and_the_queue_waits",
    35: "messengers/meta/test_errors.py::test_a_version_that_has_ended_is_noticed",
    36: "messengers/meta/test_composer.py::test_after_a_week_nothing_can_be_written",
    37: "messengers/meta/test_journey.py::test_files_of_every_kind_go_out_in_a_form_that_instagram_takes",
    38: "lessons/test_channels.py::test_lesson_38_what_is_told_of_an_attachment_can_be_fetched_at_once",
    39: "journeys/test_out.py::test_a_long_text_goes_in_parts_in_order",
    40: "messengers/test_formatting.py::test_signs_are_those_of_whatsapp_and_viber",
    41: "sessions/test_login.py::test_an_account_of_another_company_is_refused_and_the_new_key_given_back",
    42: "sessions/test_runner.py::test_a_deletion_and_an_edit_reach_the_chat",
    43: "sessions/test_isolation.py",
}
"""By the number of the lesson; without a name the whole file is about it."""


@pytest.mark.parametrize("lesson", WHERE)
def test_each_lesson_of_the_channels_has_its_test(lesson: int) -> None:
    place, _mark, name = WHERE[lesson].partition("::")

    found = re.findall(r"^def (test_\w+)\(", (TESTS / place).read_text(), re.MULTILINE)

    assert name in found if name else found


def test_lesson_38_what_is_told_of_an_attachment_can_be_fetched_at_once(shop: Shop) -> None:
    """chatwoot/chatwoot#14644, #12605: pushed attachments answered 404 until the page was loaded anew."""
    picture = files.store(drawn("PNG"), name="p.png")
    attachment = types.Attachment(kind="image", file_id=str(picture.pk), mime="image/png")

    shop.writes("this one?", attachments=(attachment,))
    work(InboundReceipt)

    told = Event.objects.filter(type="MESSAGE_CREATED").latest("id").payload
    address = re.search(r"/files/[^\"']+", str(told))
    assert address is not None
    assert Client().get(address[0]).status_code == 200
    assert Message.objects.get().file_id == picture.pk
