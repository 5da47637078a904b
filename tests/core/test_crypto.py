"""Credentials at rest, and in everything that could show them."""

import copy
import logging
import pprint
import traceback
from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.db import connection

from happ_project.companies.models import Company
from happ_project.core import crypto
from happ_project.core.logging import Line
from messengers.models import MessengerAccount

PLAIN = "zqx-the-token"


@pytest.fixture
def account(in_company: Company) -> MessengerAccount:
    return MessengerAccount.objects.create(
        company=in_company, kind="whatsapp", external_id="7", credentials={"token": PLAIN}
    )


def known(account: MessengerAccount) -> MessengerAccount:
    return MessengerAccount.objects.get(pk=account.pk)


def test_what_is_stored_does_not_show_the_secret(account: MessengerAccount) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM messengers_messengeraccount WHERE id = %s", [account.pk])
        (stored,) = cursor.fetchone()

    assert PLAIN.encode() not in bytes(stored)
    assert known(account).credentials == {"token": PLAIN}


def test_nothing_is_stored_as_nothing(in_company: Company) -> None:
    account = MessengerAccount.objects.create(company=in_company, kind="widget", external_id="7")

    assert known(account).credentials == {}


def test_a_new_key_encrypts_and_the_old_one_still_opens(account: MessengerAccount, settings: Any) -> None:
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()

    settings.ENCRYPTION_KEYS = [new, old]
    found = known(account)
    assert found.credentials == {"token": PLAIN}
    found.save()

    settings.ENCRYPTION_KEYS = [new]
    assert known(account).credentials == {"token": PLAIN}


def test_a_key_that_was_taken_away_opens_nothing(account: MessengerAccount, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(InvalidToken):
        known(account)


def test_a_stored_secret_never_shows_in_what_people_read(account: MessengerAccount) -> None:
    secret = known(account).credentials

    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r}", repr([secret]), pprint.pformat({"a": secret})]
    shown += [repr(copy.copy(secret)), "%s" % secret, repr(account), str(account)]  # noqa: UP031

    assert not [text for text in shown if PLAIN in text]
    assert "token" in repr(secret), "which secrets there are may be seen"


def test_a_traceback_with_a_secret_in_its_message_does_not_show_it(account: MessengerAccount) -> None:
    secret = known(account).credentials
    try:
        raise KeyError(secret)
    except KeyError:
        assert PLAIN not in traceback.format_exc()


def test_secrets_are_compared_and_recognised() -> None:
    assert crypto.same("a", "a")
    assert not crypto.same("a", "ä")
    assert crypto.digest("x") == crypto.digest("x") != crypto.digest("y")


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdef123456",
        "token=abcdef123456",
        '{"api_key": "abcdef123456"}',
        "api-key: abcdef123456",
        "secret = 'abcdef123456'",
        "https://x.example/?password=abcdef123456&y=1",
        "X-Access-Token: happ_abcdef123456",
        "happ_abcdef123456",
    ],
)
def test_a_credential_that_slips_into_the_log_is_masked(text: str) -> None:
    record = logging.LogRecord("messengers", logging.INFO, "x.py", 1, "sent %s", (text,), None)

    line = Line().format(record)

    assert "abcdef123456" not in line
    assert "•••" in line


def test_an_ordinary_line_is_left_as_it_is() -> None:
    record = logging.LogRecord("happ_project.core.jobs", logging.INFO, "x.py", 1, "turn 7: happ_project.core", (), None)

    assert Line().format(record).endswith("INFO    happ_project.core.jobs  turn 7: happ_project.core")
