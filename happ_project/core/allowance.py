"""How much of each sort a company may have: bounds of the operator's, so that nobody fills the house."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

_SENTENCES = {
    "companies": _("One person has at most %(most)d companies here."),
    "access_tokens": _("There are at most %(most)d access tokens. Revoke one that nobody uses."),
    "invitations": _("At most %(most)d invitations are open at once. Withdraw one, or wait for answers."),
    "channels": _("There are at most %(most)d channels. Remove one that nobody uses."),
    "webhooks": _("There are at most %(most)d webhooks. Remove one that nobody needs."),
    "assistants": _("There are at most %(most)d assistants. Remove one that nobody needs."),
    "documents": _("There are at most %(most)d documents. Remove some that nobody needs."),
    "gigabytes": _("The company’s files fill their %(most)d GB. No more can be stored."),
}


class Full(ValidationError):
    """There is no room for one more; the message says of what, and what to do."""

    def __init__(self, what: str) -> None:
        super().__init__(gettext(_SENTENCES[what]) % {"most": settings.MOST[what]})


def check(what: str, rows: models.QuerySet[Any]) -> None:
    """Raise `Full` if there are as many of `what` already as there may be."""
    if rows.count() >= settings.MOST[what]:
        raise Full(what)
