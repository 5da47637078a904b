"""A refusal that was meant for the old login, and a new login that comes at the same moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conversations.services import chats, outbound
from happ_project.core import clock, jobs
from messengers import errors, types
from messengers.adapters.telegram.adapter import TelegramAdapter
from messengers.models import Address, Delivery
from messengers.services import addresses
from messengers.services import io as at_work
from tests.doubles.telegram import Running
from tests.sessions.conftest import Line

pytestmark = pytest.mark.django_db(transaction=True)


class Refused(TelegramAdapter):
    """While Telegram says no to the old login, its owner finishes another one."""

    line: Line

    def send(self, message: types.OutgoingMessage) -> types.Sent:
        self.line.connect(self.line.telegram.session(self.line.owner))
        raise errors.LoginRequired("the login was revoked")


@pytest.fixture
def delivery(line: Line) -> Iterator[Delivery]:
    """An answer on its way through a connection whose login is dead."""
    address = line.address
    with line.scope():
        adapter = Refused(account=address.account.credentials, address={"external_id": "1"}, io=at_work.HappIO(address))
        adapter.line = line
        at_work.live[address.pk] = adapter
        chat = chats.create(integration=line.integration, external_id="56", assistant=None, display_name="Bob")
        outbound.send(chat, text="hello", source="AI")
        yield Delivery.objects.get()
        at_work.live.pop(address.pk, None)


def test_what_the_old_login_was_refused_goes_out_with_the_new_one_at_once(line: Line, delivery: Delivery) -> None:
    jobs.run("messengers.Delivery", delivery.pk, line.company.pk)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.status) == ("waiting", "queued")
    assert delivery.run_at <= clock.now(), "it need not wait for a login that is there"
    assert line.address.state == "connecting", "the new login is not taken for the dead one"


def test_the_old_logins_connection_is_not_asked_for_the_new_one(line: Line, delivery: Delivery) -> None:
    """It is held until a runner sees that the login was replaced, and would be refused."""
    line.connect(line.telegram.session(line.owner))

    jobs.run("messengers.Delivery", delivery.pk, line.company.pk)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.status) == ("waiting", "queued")
    assert line.address.state == "connecting"


def test_a_dead_login_found_late_does_not_park_the_new_one(line: Line, telegram: Running) -> None:
    before = line.address
    line.connect(telegram.session(line.owner))

    with line.scope():
        assert addresses.note_dead_login(before, "revoked") is False
        assert addresses.note_dead_login(Address.objects.get(pk=before.pk), "revoked") is True

    assert line.address.state == "login_required"
