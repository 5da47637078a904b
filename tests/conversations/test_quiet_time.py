"""From when the quiet time before an answer is counted."""

from datetime import timedelta

import pytest

from conversations.models import AiTurn
from conversations.services import inbound, turns
from happ_project.companies.models import Company
from happ_project.core import clock
from tests import factories
from tests.working import Time


def due_in(company: Company, *, seconds_late: float = 0, text: str = "Hello") -> float:
    """Seconds until the answer to a message that is worked so late."""
    chat = factories.make_chat(company, assistant=factories.make_assistant(company))
    message = factories.make_message(chat, text)
    inbound.customer_wrote(chat, message, heard_at=clock.now() - timedelta(seconds=seconds_late))
    return (AiTurn.objects.get().run_at - clock.now()).total_seconds()


def test_it_begins_when_the_message_reached_us(in_company: Company, time: Time) -> None:
    assert due_in(in_company, seconds_late=0.5) == 3.5


def test_after_an_outage_half_of_it_is_left_for_the_messages_behind(in_company: Company, time: Time) -> None:
    assert due_in(in_company, seconds_late=9) == 2


@pytest.mark.parametrize(
    "text", ["Do you have bread?", "О котрій ви відчиняєтесь?", "I would like a table.", "She said “when?”"]
)
def test_what_ends_a_thought_is_answered_sooner(in_company: Company, time: Time, text: str) -> None:
    assert due_in(in_company, text=text) == 2.5


@pytest.mark.parametrize(
    "text", ["Hello", "Hello.", "Hi!", "I would like a table and", "wait a second, it was...", "?,"]
)
def test_what_goes_on_is_waited_for(in_company: Company, time: Time, text: str) -> None:
    assert due_in(in_company, text=text) == 4


def test_a_shorter_quiet_time_is_never_made_longer(in_company: Company, time: Time) -> None:
    chat = factories.make_chat(in_company, waiting_since=clock.now())
    chat.integration.debounce_seconds, chat.integration.finished_seconds = 1, 60

    assert turns.due_time(chat, clock.now(), finished=True) == clock.now() + timedelta(seconds=1)
