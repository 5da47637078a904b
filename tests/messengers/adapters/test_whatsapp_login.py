"""Connecting a number through WaSender, step by step."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from happ_project.core import clock as core_clock
from messengers import errors, types
from tests.doubles.receiver import Receiver
from tests.doubles.recording_io import RecordingIO
from tests.doubles.wasender import WaSender
from tests.messengers.adapters.conftest import Clock, open_adapter

OURS = "http://127.0.0.1:1/webhooks/whatsapp/token/"  # where nobody listens


class Person:
    """Somebody at the login page; every step goes through storage, as in the product."""

    def __init__(self, io: RecordingIO, *, token: str = "", webhook_url: str = OURS) -> None:
        self._adapter = open_adapter(io, token=token)
        self._state: dict[str, Any] = {}
        self._webhook_url = webhook_url

    def step(self, **answer: str) -> Any:
        attempt = types.Attempt(webhook_url=self._webhook_url, state=self._state)
        step = self._adapter.login(attempt, answer or None)
        self._state = attempt.state
        return types.load(types.dump(step))


@pytest.fixture(autouse=True)
def one_clock(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_clock, "now", lambda: datetime.fromtimestamp(clock.now, UTC))


def names(step: types.Ask) -> list[str]:
    return [field.name for field in step.fields]


def errors_of(step: types.Ask) -> str:
    return " ".join(field.error for field in step.fields)


def test_a_linked_session_is_connected_at_once(io: RecordingIO, double: WaSender, token: str) -> None:
    session = double.add_session(token, phone="+380501234567", account_protection=True)
    person = Person(io)

    assert names(person.step()) == ["token"]
    choice = person.step(token=f" {token} ")
    assert [found.value for found in choice.fields[0].choices] == ["1", "new"]
    done = person.step(session="1")

    assert done.account.credentials == {"token": token}
    assert done.account.external_id == str(session.user_id)
    (address,) = done.addresses
    assert (address.external_id, address.name) == ("380501234567", "+380501234567")
    assert address.credentials == {
        "session_id": "1", "api_key": session.api_key, "webhook_secrets": [session.webhook_secret]
    }  # fmt: skip
    assert address.config["account_protection"] is True
    assert (session.webhook_url, session.webhook_enabled) == (OURS, True)


def test_the_subscription_brings_each_message_once_and_our_own(
    io: RecordingIO, double: WaSender, token: str, receiver: Receiver
) -> None:
    session = double.add_session(token)
    person = Person(io, webhook_url=receiver.url)
    person.step()
    person.step(token=token)
    person.step(session="1")

    double.customer_writes(session, "+380671112233", "Hi")
    double.type_on_phone(session, "+380671112233", "Hello")

    assert [post.event for post in double.posts] == ["messages.upsert", "messages.upsert"]


def test_a_new_number_is_made_scanned_and_connected(io: RecordingIO, double: WaSender, token: str) -> None:
    person = Person(io)
    person.step()
    assert names(person.step(token=token)) == ["name", "phone"]
    shown = person.step(name="Shop", phone="+38 (050) 123-45-67")
    session = double.sessions[1]
    assert shown.qr == session.qr
    assert (session.phone_number, session.account_protection, session.log_messages) == ("+380501234567", True, True)

    assert person.step().qr == shown.qr, "not scanned yet"
    assert double.scan(session, shown.qr)
    done = person.step()

    assert done.addresses[0].external_id == "380501234567"


def test_a_qr_code_is_renewed_before_it_dies(io: RecordingIO, double: WaSender, token: str, clock: Clock) -> None:
    double.add_session(token, connected=False)
    person = Person(io)
    person.step()
    person.step(token=token)
    first = person.step(session="1")

    for _ in range(9):
        clock.now += first.poll_after
        assert person.step().qr == first.qr
    clock.now += 4
    second = person.step()

    assert second.qr != first.qr
    assert not double.scan(double.sessions[1], first.qr)
    assert double.scan(double.sessions[1], second.qr)
    assert isinstance(person.step(), types.Done)


def test_a_session_that_lost_its_link_gets_a_new_code(
    io: RecordingIO, double: WaSender, token: str, clock: Clock
) -> None:
    session = double.add_session(token, connected=False)
    person = Person(io)
    person.step()
    person.step(token=token)
    first = person.step(session="1")

    double.log_out(session)
    clock.now += 31

    assert person.step().qr not in ("", first.qr)
    assert session.status == "need_scan"


@pytest.mark.parametrize("token_typed", ["", "wrong", "new\nline", "ї"])
def test_a_wrong_token_is_said_at_its_field(io: RecordingIO, token: str, token_typed: str) -> None:
    person = Person(io)
    person.step()

    again = person.step(token=token_typed)

    assert names(again) == ["token"]
    assert errors_of(again)


def test_what_wasender_says_about_a_new_number_is_shown(io: RecordingIO, double: WaSender, token: str) -> None:
    double.add_session(token, phone="+380501234567")
    person = Person(io)
    person.step()
    person.step(token=token)
    assert names(person.step(session="new")) == ["name", "phone"]

    assert "country code" in errors_of(person.step(name="x", phone="12"))
    again = person.step(name="Shop", phone="+380501234567")

    assert "already been taken" in errors_of(again)
    assert [field.value for field in again.fields] == ["Shop", "+380501234567"]


def test_a_session_of_somebody_else_cannot_be_chosen(io: RecordingIO, double: WaSender, token: str) -> None:
    double.add_session(token)
    double.add_session(double.add_token())
    person = Person(io)
    person.step()
    person.step(token=token)

    assert "choose" in errors_of(person.step(session="2"))


def test_a_number_is_offered_by_its_name_and_whether_it_is_connected(
    io: RecordingIO, double: WaSender, token: str
) -> None:
    double.add_session(token, phone="+380501234567", name="Shop")
    double.add_session(token, phone="+380507654321", name="+380507654321", connected=False)
    person = Person(io)
    person.step()

    choice = person.step(token=token)

    shown = [found.label for found in choice.fields[0].choices]
    assert shown[:2] == ["Shop · +380501234567 (connected)", "+380507654321"]


def test_a_number_whose_creation_got_lost_is_offered_not_made_twice(
    io: RecordingIO, double: WaSender, token: str
) -> None:
    person = Person(io)
    person.step()
    person.step(token=token)
    double.fail("/whatsapp-sessions", "accept+500")

    choice = person.step(name="Shop", phone="+380501234567")

    assert [found.value for found in choice.fields[0].choices] == ["1", "new"]
    assert len(double.sessions) == 1


def test_a_sessions_own_key_is_enough(io: RecordingIO, double: WaSender, token: str) -> None:
    session = double.add_session(token, phone="+380501234567")
    person = Person(io)
    person.step()

    asked = person.step(token=session.api_key)
    assert names(asked) == ["secret"]
    assert OURS in asked.copy
    assert "messages.upsert" in asked.copy
    assert errors_of(person.step(secret=" "))
    done = person.step(secret=session.webhook_secret)

    assert done.account.credentials == {}
    assert done.addresses[0].external_id == "380501234567"
    assert done.addresses[0].credentials["webhook_secrets"] == [session.webhook_secret]


def test_the_key_of_an_unlinked_session_is_not_enough(io: RecordingIO, double: WaSender, token: str) -> None:
    session = double.add_session(token, connected=False)
    person = Person(io)
    person.step()

    assert "not linked" in errors_of(person.step(token=session.api_key))


def test_a_second_number_needs_no_second_token(io: RecordingIO, double: WaSender, token: str) -> None:
    double.add_session(token)

    step = Person(io, token=token).step()

    assert names(step) == ["session"]


def test_a_page_opened_again_shows_the_same_question(io: RecordingIO, double: WaSender, token: str) -> None:
    double.add_session(token)
    person = Person(io)
    person.step()
    asked = person.step(token=token)

    assert person.step() == asked


def test_a_limit_during_login_is_waited_for(io: RecordingIO, double: WaSender, token: str) -> None:
    person = Person(io)
    person.step()
    double.fail("/whatsapp-sessions", "429", body={"retry_after": 8})

    with pytest.raises(errors.TryLater) as caught:
        person.step(token=token)

    assert caught.value.retry_after == 8


def test_no_token_shows_in_a_step(io: RecordingIO, double: WaSender, token: str) -> None:
    double.add_session(token)
    person = Person(io)
    person.step()

    told = repr(person.step(token=token)) + repr(person.step(session="1"))

    assert [secret for secret in (token, double.sessions[1].api_key) if secret in told] == []


def test_the_webhook_follows_the_address(io: RecordingIO, double: WaSender, token: str) -> None:
    session = double.add_session(token)
    whatsapp = open_adapter(io, token=token, session=session)
    old, session.webhook_secret = session.webhook_secret, "fe" * 16

    fresh = whatsapp.activate("https://new.test/w/")
    assert fresh == {"webhook_secrets": ["fe" * 16, old]}
    assert (session.webhook_url, session.webhook_enabled) == ("https://new.test/w/", True)
    assert open_adapter(io, token=token, session=session).activate("https://new.test/w/") == {}

    whatsapp.deactivate()
    assert session.webhook_enabled is False
    whatsapp.logout()
    assert session.status == "disconnected"


def test_without_the_token_the_webhook_is_the_persons_business(io: RecordingIO, double: WaSender, token: str) -> None:
    session = double.add_session(token)
    whatsapp = open_adapter(io, session=session)

    assert whatsapp.activate("https://new.test/w/") == {}
    whatsapp.deactivate()
    whatsapp.logout()
    assert session.status == "connected"
