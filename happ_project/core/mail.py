"""Without an outgoing mail server, mails are logged and kept, so that a person can read them on the debug page."""

import logging
from collections.abc import Sequence
from typing import Any

from django.core.cache import cache
from django.core.mail.backends.base import BaseEmailBackend

log = logging.getLogger(__name__)

_KEY = "kept-mails"
_MOST = 50


class KeptMails(BaseEmailBackend):
    """Puts each mail into the cache for `kept()` and a line into the log."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        mails = kept()
        for mail in email_messages:
            log.info("mail to %s: %s", ", ".join(mail.to), mail.subject)
            mails.insert(0, {"to": list(mail.to), "subject": mail.subject, "body": mail.body})
        cache.set(_KEY, mails[:_MOST], timeout=7 * 24 * 3600)
        return len(email_messages)


def kept() -> list[dict[str, Any]]:
    """The latest mails, newest first: `to`, `subject`, `body`."""
    return list(cache.get(_KEY) or [])
