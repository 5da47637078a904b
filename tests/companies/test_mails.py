"""Mails to people: written with what causes them, sent by a worker, in the reader's language, as text and HTML."""

import socketserver
import threading
from collections.abc import Iterator
from email import message_from_string, policy
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client

from happ_project.companies.models import Invitation, Mail, User
from happ_project.companies.services import accounts, invitations
from tests import factories
from tests.working import Time, posted, time, work, work_for

__all__ = ["time"]
pytestmark = pytest.mark.django_db


class _Smtp(socketserver.StreamRequestHandler):
    """The few commands of SMTP that a client needs to hand over a mail."""

    server: Any

    def handle(self) -> None:
        self.wfile.write(b"220 double\r\n")
        for line in self.rfile:
            word = line.split()[0].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.server.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(b"250 fine\r\n")


@pytest.fixture
def smtp(settings: Any) -> Iterator[list[str]]:
    """What a mail server got, as it came over the wire."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        server.mails = []  # type: ignore[attr-defined]
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address[:2]
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.mails  # type: ignore[attr-defined]
        server.shutdown()


def test_a_mail_goes_out_as_text_and_html_with_the_same_link(smtp: list[str]) -> None:
    accounts.sign_up("dora@example.com", factories.PASSWORD)
    work(Mail)

    (wire,) = smtp
    sent = message_from_string(wire, policy=policy.default)
    text, html = (sent.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    link = next(line for line in text.splitlines() if line.startswith("https://happ.test/accounts/confirm-email/"))
    assert (sent["To"], sent["Subject"]) == ("dora@example.com", "Confirm your e-mail address")
    assert html.count(f'href="{link}"') == 2


def test_what_it_said_is_forgotten_once_it_is_sent() -> None:
    accounts.sign_up("dora@example.com", factories.PASSWORD)
    assert "confirm-email" in Mail.objects.get().letter["text"]

    posted()

    row = Mail.objects.get()
    assert (row.state, row.letter) == ("done", {})


def test_a_broken_mail_server_delays_and_undoes_nothing(time: Time, settings: Any) -> None:
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = 1
    accounts.sign_up("dora@example.com", factories.PASSWORD)
    work_for(time, 24 * 3600)

    waiting = Mail.objects.get()
    assert (waiting.state, waiting.last_error) == ("waiting", "ConnectionRefusedError")
    assert waiting.attempts > 100

    settings.EMAIL_BACKEND = working
    work_for(time, 700)
    assert [each.to for each in mail.outbox] == [["dora@example.com"]]


def test_what_is_rolled_back_sends_nothing(alice: User, company: Any) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        invitations.send(company, email="dora@example.com", by=alice)
        1 / 0  # noqa: B018

    assert not Invitation.objects.exists()
    assert posted() == []


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("en", "Confirm your e-mail address", "Somebody, probably you, signed up for Happ"),
        ("uk", "Підтвердьте електронну адресу", "Хтось, імовірно ви, зареєструвався в Happ"),
    ],
)
def test_whoever_signs_up_is_written_to_in_the_language_of_the_page(language: str, subject: str, words: str) -> None:
    client = Client(headers={"accept-language": language})
    client.post("/accounts/signup/", {"email": f"dora.{language}@example.com", "password1": factories.PASSWORD})

    (sent,) = posted()
    assert sent.subject == subject
    assert words in sent.body
    assert f'lang="{language}"' in str(sent.alternatives[0].content)  # type: ignore[attr-defined]


def test_a_new_password_is_asked_for_in_ones_own_language(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(language="uk")
    Client().post("/accounts/password/reset/", {"email": alice.email})
    Client().post("/accounts/password/reset/", {"email": "nobody@example.com"})

    assert [each.subject for each in posted()] == ["Новий пароль для Happ", "There is no account with this address"]
    assert all("https://happ.test/accounts/" in each.body for each in posted())


def test_a_name_in_a_mail_is_text_and_nothing_else(alice: User) -> None:
    company = factories.make_company(owner=alice, name="<b>Bakery</b>\nBcc: all@example.com")
    invitations.send(company, email="dora@example.com", by=alice)

    (sent,) = posted()
    assert sent.subject == "Invitation to <b>Bakery</b> Bcc: all@example.com on Happ"
    assert "&lt;b&gt;Bakery" in str(sent.alternatives[0].content)  # type: ignore[attr-defined]
