"""Logins that end: noticed, told in words, and never begun again by ourselves."""

from __future__ import annotations

import pytest
from telethon.tl import functions

from messengers import errors
from tests.doubles.telegram import Account, Running
from tests.messengers.telegram.device import Device


def test_a_login_ended_elsewhere_is_noticed_without_any_traffic(
    telegram: Running, alice: Account, bob: Account
) -> None:
    device = Device(telegram, alice)
    device.check_seconds = 0.2
    device.connect()
    telegram.do(lambda dc: dc.end_sessions(alice))

    assert isinstance(device.ended(), errors.LoginRequired)


@pytest.mark.parametrize(
    ("code", "text", "said"),
    [
        (401, "USER_DEACTIVATED_BAN", "blocked"),
        (406, "AUTH_KEY_DUPLICATED", "two places"),
        (401, "SESSION_REVOKED", "again"),
    ],
)
def test_a_dead_key_is_told_at_connecting(telegram: Running, alice: Account, code: int, text: str, said: str) -> None:
    device = Device(telegram, alice)
    telegram.do(lambda dc: dc.end_sessions(alice, code, text))

    device.connect()

    error = device.ended()
    assert isinstance(error, errors.LoginRequired)
    assert said in str(error)
    assert telegram.dc.count(functions.auth.SendCodeRequest) == 0


def test_a_forgotten_key_is_told_and_no_new_one_is_made(telegram: Running, alice: Account) -> None:
    device = Device(telegram, alice)
    telegram.do(lambda dc: dc.forget_keys(alice))
    keys = len(telegram.dc.keys)

    device.connect()

    assert isinstance(device.ended(), errors.LoginRequired)
    assert len(telegram.dc.keys) == keys


def test_a_session_without_a_key_connects_to_nothing(telegram: Running, alice: Account) -> None:
    device = Device(telegram, alice, session=" ")
    device.session = ""

    device.connect()

    assert isinstance(device.ended(), errors.LoginRequired)
    assert telegram.dc.calls == []


def test_nobody_there_is_tried_later(telegram: Running, alice: Account) -> None:
    device = Device(telegram, alice)
    telegram.stop()

    device.connect()

    assert isinstance(device.ended(), errors.TryLater)


def test_the_account_is_asked_how_it_is_through_its_connection(
    device: Device, telegram: Running, alice: Account
) -> None:
    assert device.adapter.check().state == "connected"
    assert len(alice.connections) == 1

    telegram.do(lambda dc: dc.end_sessions(alice))
    with pytest.raises(errors.LoginRequired):
        device.adapter.check()


def test_logging_out_takes_the_key_back(device: Device, telegram: Running, alice: Account) -> None:
    device.adapter.logout()

    assert telegram.dc.sessions_of(alice) == 0


def test_logging_out_without_a_connection_makes_one(telegram: Running, alice: Account) -> None:
    device = Device(telegram, alice)
    assert telegram.dc.sessions_of(alice) == 1

    device.adapter.logout()
    device.adapter.logout()

    assert telegram.dc.sessions_of(alice) == 0


def test_stopping_leaves_no_connection(device: Device, telegram: Running, alice: Account) -> None:
    device.stop()

    telegram.until(lambda dc: not alice.connections)
    assert device.error is None
    assert telegram.dc.sessions_of(alice) == 1
