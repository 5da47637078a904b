"""From when the quiet time before an answer is counted."""

from datetime import timedelta

from conversations.models import AiTurn
from conversations.services import inbound
from happ_project.companies.models import Company
from happ_project.core import clock
from tests import factories
from tests.working import Time


def due_in(company: Company, *, seconds_late: float) -> float:
    """Seconds until the answer to a message that is worked so late."""
    chat = factories.make_chat(company, assistant=factories.make_assistant(company))
    message = factories.make_message(chat)
    inbound.customer_wrote(chat, message, heard_at=clock.now() - timedelta(seconds=seconds_late))
    return (AiTurn.objects.get().run_at - clock.now()).total_seconds()


def test_it_begins_when_the_message_reached_us(in_company: Company, time: Time) -> None:
    assert due_in(in_company, seconds_late=0.5) == 3.5


def test_after_an_outage_half_of_it_is_left_for_the_messages_behind(in_company: Company, time: Time) -> None:
    assert due_in(in_company, seconds_late=9) == 2
