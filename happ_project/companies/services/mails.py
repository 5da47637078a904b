"""Mails to people: a row in the transaction that causes them, sent by a worker; a broken mail server only delays."""

import logging
import smtplib

from django.db import transaction

from happ_project.companies.models import Company, Mail
from happ_project.core import ids, jobs, letters
from happ_project.core.crypto import Secret
from happ_project.core.letters import Letter

log = logging.getLogger(__name__)


def write(letter: Letter, *, to: str, company: Company | None = None) -> Mail:
    """Have the letter sent when the caller's transaction has committed. Call in the reader's language."""
    return post(to=to, subject=letter.title, text=letter.text(), html=letter.html(), company=company)


def post(*, to: str, subject: str, text: str, html: str = "", company: Company | None = None) -> Mail:
    """The same for what is written already."""
    mail = Mail.objects.create(
        company=company,
        to=to,
        subject=subject,
        letter={"text": text, "html": html},
        lane=f"mail:{ids.new_id()}",
    )
    jobs.nudge()
    return mail


def send(mail: Mail) -> None:
    """The work of a mail. What it said is forgotten once it is sent: its links let people in."""
    letter = mail.letter
    try:
        letters.message(to=mail.to, subject=mail.subject, text=letter["text"], html=letter["html"]).send()
    except (smtplib.SMTPException, OSError) as error:
        # only the kind of failure: a server's answer may repeat addresses and passwords
        log.warning("mail %s waits (attempt %s): %s", mail.pk, mail.attempts, type(error).__name__)
        raise jobs.Retry(jobs.backoff(mail.attempts), type(error).__name__) from error
    with transaction.atomic():
        jobs.owned(mail).update(letter=Secret())
        jobs.finish(mail)
