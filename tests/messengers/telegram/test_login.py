"""Logging in, step by step, as a person sees it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from telethon.tl import functions

from messengers import errors, registry, types
from tests.doubles.recording_io import RecordingIO
from tests.doubles.telegram import Account, RpcFault, Running

PHONE = "+380501110001"


class Person:
    """Somebody at the login page. Every answer is worked on by a fresh adapter, as by another process."""

    def __init__(self, telegram: Running, **settings: Any) -> None:
        self.settings = {**telegram.settings, **settings}
        self.attempt = types.Attempt()
        self.step: Any = None

    def answers(self, **values: str) -> Any:
        return self._next(values)

    def opens_the_page(self) -> Any:
        return self._next(None)

    def _next(self, values: dict[str, str] | None) -> Any:
        adapter = registry.open("telegram", io=RecordingIO(settings=self.settings))
        kept = json.loads(json.dumps(self.attempt.state))
        self.attempt = types.Attempt(state=kept, show=self.attempt.show, stopped=self.attempt.stopped)
        self.step = adapter.login(self.attempt, values)
        assert types.load(json.loads(json.dumps(types.dump(self.step)))) == self.step
        return self.step

    def error(self) -> str:
        (found,) = [field.error for field in self.step.fields if field.error]
        return str(found)

    def gives_up(self) -> None:
        registry.open("telegram", io=RecordingIO(settings=self.settings)).abandon(self.attempt)


@pytest.fixture
def person(telegram: Running) -> Person:
    return Person(telegram)


def at_the_code(person: Person) -> Person:
    person.opens_the_page()
    person.answers(how="phone", phone="+38 (050) 111-00-01")
    return person


def test_phone_and_code(person: Person, telegram: Running, alice: Account) -> None:
    assert [field.name for field in person.opens_the_page().fields] == ["how", "phone"]
    step = person.answers(how="phone", phone="+38 (050) 111-00-01")
    assert "app" in step.text

    done = person.answers(how="code", code=" ".join(telegram.do(lambda dc: dc.code_for(PHONE))))

    assert isinstance(done, types.Done)
    assert done.account.external_id == done.addresses[0].external_id == str(alice.id)
    assert done.account.name == PHONE
    assert telegram.dc.sessions_of(alice) == 1
    assert telegram.dc.count(functions.auth.SendCodeRequest) == 1
    telegram.until(lambda dc: not alice.connections)
    device_session = done.account.credentials["session"]
    assert device_session not in repr(done) + repr(person.attempt)


def test_a_key_that_cannot_be_used_is_made_again(person: Person, telegram: Running, alice: Account) -> None:
    """One in 256 begins with a zero byte, which Telethon cuts off."""
    telegram.do(lambda dc: setattr(dc, "spoiled_keys", iter([True, True])))

    step = at_the_code(person).step

    assert [field.name for field in step.fields] == ["code", "how"]


def test_a_page_opened_again_asks_for_no_new_code(person: Person, telegram: Running, alice: Account) -> None:
    at_the_code(person)

    again = person.opens_the_page()

    assert [field.name for field in again.fields] == ["code", "how"]
    assert telegram.dc.count(functions.auth.SendCodeRequest) == 1


def test_a_wrong_code_is_said_at_the_field(person: Person, telegram: Running, alice: Account) -> None:
    at_the_code(person)

    person.answers(how="code", code="00")
    assert "wrong" in person.error()

    assert isinstance(person.answers(how="code", code=telegram.do(lambda dc: dc.code_for(PHONE))), types.Done)


def test_an_expired_code_is_said_and_another_can_be_sent(person: Person, telegram: Running, alice: Account) -> None:
    at_the_code(person)
    code = telegram.do(lambda dc: dc.code_for(PHONE))
    telegram.do(lambda dc: dc.script(functions.auth.SignInRequest, RpcFault(400, "PHONE_CODE_EXPIRED")))

    person.answers(how="code", code=code)
    assert "expired" in person.error()

    step = person.answers(how="resend", code="")
    assert "SMS" in step.text
    assert isinstance(person.answers(how="code", code=telegram.do(lambda dc: dc.code_for(PHONE))), types.Done)


def test_the_ways_to_send_a_code_come_to_an_end(person: Person, telegram: Running, alice: Account) -> None:
    at_the_code(person)
    person.answers(how="resend")
    step = person.answers(how="resend")

    assert "calls" in step.text
    assert [choice.value for field in step.fields for choice in field.choices] == ["code", "phone"]
    person.answers(how="resend")
    assert "no other way" in person.error()


def test_a_code_by_e_mail(person: Person, telegram: Running, alice: Account) -> None:
    telegram.do(lambda dc: setattr(dc, "code_ways", ("email",)))
    step = at_the_code(person).step
    assert "e-mail" in step.text

    assert isinstance(person.answers(how="code", code=telegram.do(lambda dc: dc.code_for(PHONE))), types.Done)


def test_an_account_that_needs_an_e_mail_first_is_told_so(person: Person, telegram: Running, alice: Account) -> None:
    telegram.do(lambda dc: setattr(dc, "code_ways", ("email needed",)))
    at_the_code(person)

    assert "e-mail" in person.error()


def test_a_cloud_password(person: Person, telegram: Running) -> None:
    alice = telegram.do(lambda dc: dc.add_account(PHONE, "Alice", password="open sesame"))
    telegram.do(lambda dc: setattr(alice.password, "hint", "thieves"))
    at_the_code(person)
    step = person.answers(how="code", code=telegram.do(lambda dc: dc.code_for(PHONE)))
    assert [(field.kind, field.help) for field in step.fields] == [("password", "thieves")]

    person.answers(password="open barley")
    assert "wrong" in person.error()

    assert isinstance(person.answers(password="open sesame"), types.Done)
    assert "sesame" not in json.dumps(person.attempt.state)


def test_an_account_at_home_in_another_data_centre() -> None:
    with Running(dc_ids=(2, 4)) as telegram:
        olha = telegram.do(lambda dc: dc.add_account(PHONE, "Olha", home_dc=4))
        person = at_the_code(Person(telegram))

        assert isinstance(person.answers(how="code", code=telegram.do(lambda dc: dc.code_for(PHONE))), types.Done)
        assert telegram.dc.sessions_of(olha) == 1


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (RpcFault(400, "PHONE_NUMBER_INVALID"), "country code"),
        (RpcFault(400, "PHONE_NUMBER_BANNED"), "blocked"),
        (RpcFault(400, "PHONE_NUMBER_FLOOD"), "too many"),
        (RpcFault(420, "FLOOD_WAIT_60"), "a minute"),
        (RpcFault(420, "FLOOD_WAIT_3600"), "an hour"),
        (RpcFault(420, "FLOOD_WAIT_80000"), "some hours"),
        (RpcFault(420, "FLOOD_WAIT_800000"), "more than a day"),
        (RpcFault(400, "API_ID_INVALID"), "application keys"),
    ],
    ids=lambda value: getattr(value, "text", None),
)
def test_a_number_that_does_not_work_is_explained(
    person: Person, telegram: Running, alice: Account, fault: RpcFault, said: str
) -> None:
    telegram.do(lambda dc: dc.script(functions.auth.SendCodeRequest, fault))
    at_the_code(person)

    assert said in person.error()
    assert telegram.dc.count(functions.auth.SendCodeRequest) == 1, "nothing is tried again by itself"


def test_what_is_no_number_is_not_sent(person: Person, telegram: Running) -> None:
    person.opens_the_page()
    person.answers(how="phone", phone="Alice")

    assert "country code" in person.error()
    assert telegram.dc.calls == []


def test_a_number_without_an_account(person: Person, telegram: Running) -> None:
    at_the_code(person)
    person.answers(how="code", code=telegram.do(lambda dc: dc.code_for(PHONE)))

    assert "no Telegram account" in person.error()


def test_a_server_without_keys_says_what_is_missing(telegram: Running) -> None:
    with pytest.raises(errors.Rejected, match="TELEGRAM_API_ID"):
        Person(telegram, TELEGRAM_API_ID=0).opens_the_page()


def test_nobody_there_is_tried_later(person: Person, telegram: Running) -> None:
    person.opens_the_page()
    telegram.stop()

    with pytest.raises(errors.TryLater):
        person.answers(how="phone", phone=PHONE)


def test_a_login_given_up_gives_its_key_back(person: Person, telegram: Running) -> None:
    alice = telegram.do(lambda dc: dc.add_account(PHONE, "Alice", password="open sesame"))
    at_the_code(person)
    person.answers(how="code", code=telegram.do(lambda dc: dc.code_for(PHONE)))
    assert [held.account for held in telegram.dc.authorisations.values()] == [alice]

    person.gives_up()

    assert telegram.dc.authorisations == {}


def test_starting_again_begins_with_a_new_key(person: Person, telegram: Running, alice: Account) -> None:
    at_the_code(person)
    first = person.attempt.state["session"]

    step = person.answers(how="phone", code="")
    assert [field.name for field in step.fields] == ["how", "phone"]
    person.answers(how="phone", phone=PHONE)

    assert person.attempt.state["session"] != first


# --- QR ---


def in_the_runner(person: Person, *, stopped: Callable[[], bool] = lambda: False) -> list[types.Show]:
    """The attempt as the session runner works on it; what it shows meanwhile."""
    shown: list[types.Show] = []
    person.attempt.show, person.attempt.stopped = shown.append, stopped
    return shown


def scan_when_shown(telegram: Running, shown: list[types.Show], account: Account, *, at: int = 1) -> threading.Thread:
    def scan() -> None:
        while len(shown) < at:
            time.sleep(0.005)
        telegram.do(lambda dc: dc.scan_qr(shown[at - 1].qr, account))

    thread = threading.Thread(target=scan)
    thread.start()
    return thread


def test_a_qr_code_asks_for_the_runner(person: Person, telegram: Running) -> None:
    person.opens_the_page()
    step = person.answers(how="qr", phone="")

    assert isinstance(step, types.Show)
    assert person.attempt.needs_runner
    assert telegram.dc.calls == []


def test_a_qr_code_is_scanned(person: Person, telegram: Running, alice: Account) -> None:
    person.opens_the_page()
    person.answers(how="qr", phone="")
    shown = in_the_runner(person)
    phone = scan_when_shown(telegram, shown, alice)

    done = person.opens_the_page()

    phone.join()
    assert isinstance(done, types.Done)
    assert done.account.external_id == str(alice.id)
    assert not person.attempt.needs_runner


def test_a_qr_code_refreshes_itself(
    person: Person, telegram: Running, alice: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    from messengers.adapters.telegram import login

    monkeypatch.setattr(login, "_DRAWN_FOR", 0.05)
    monkeypatch.setattr(login, "_GLANCE", 0.05)
    person.opens_the_page()
    person.answers(how="qr", phone="")
    shown = in_the_runner(person)
    phone = scan_when_shown(telegram, shown, alice, at=3)

    done = person.opens_the_page()

    phone.join()
    assert isinstance(done, types.Done)
    assert len({step.qr for step in shown}) >= 3


def test_a_qr_code_with_a_password_goes_on_with_the_password(person: Person, telegram: Running) -> None:
    alice = telegram.do(lambda dc: dc.add_account(PHONE, "Alice", password="open sesame"))
    person.opens_the_page()
    person.answers(how="qr", phone="")
    phone = scan_when_shown(telegram, in_the_runner(person), alice)

    step = person.opens_the_page()
    phone.join()

    assert [field.name for field in step.fields] == ["password"]
    assert isinstance(person.answers(password="open sesame"), types.Done)


def test_a_qr_code_of_an_account_at_home_elsewhere() -> None:
    with Running(dc_ids=(2, 4)) as telegram:
        olha = telegram.do(lambda dc: dc.add_account(PHONE, "Olha", home_dc=4))
        person = Person(telegram)
        person.opens_the_page()
        person.answers(how="qr", phone="")
        phone = scan_when_shown(telegram, in_the_runner(person), olha)

        assert isinstance(person.opens_the_page(), types.Done)
        phone.join()


def test_a_qr_code_that_nobody_scans_ends(person: Person, telegram: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    from messengers.adapters.telegram import login

    monkeypatch.setattr(login, "_SHOWN_FOR", 0.1)
    monkeypatch.setattr(login, "_DRAWN_FOR", 0.05)
    monkeypatch.setattr(login, "_GLANCE", 0.05)
    person.opens_the_page()
    person.answers(how="qr", phone="")
    in_the_runner(person)

    person.opens_the_page()

    assert "not scanned" in person.error()
    assert telegram.until(lambda dc: not dc.connections)


def test_a_runner_that_stops_leaves_the_code_to_the_next(person: Person, telegram: Running) -> None:
    person.opens_the_page()
    person.answers(how="qr", phone="")
    in_the_runner(person, stopped=lambda: True)

    with pytest.raises(errors.TryLater):
        person.opens_the_page()

    assert telegram.until(lambda dc: not dc.connections)


def test_a_worker_that_helps_to_log_in_keeps_nothing_of_telethon(telegram: Running, alice: Account) -> None:
    program = """
import json, sys
from messengers.adapters.telegram import apart
told = apart.call("request_code", json.load(sys.stdin), phone="+380501110001")
print(json.dumps({"told": told, "kept": "telethon" in sys.modules}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(telegram.settings), capture_output=True, text=True, check=True
    )

    answer = json.loads(done.stdout)
    assert answer["kept"] is False
    assert (answer["told"]["kind"], answer["told"]["next"]) == ("app", "sms")
    assert answer["told"]["session"]
