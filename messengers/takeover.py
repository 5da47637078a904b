"""A bot delivers to one place only: what to ask before it is taken from another program, and how it stands then."""

from __future__ import annotations

from urllib.parse import urlsplit

from happ_project.core.text import gettext_noop as _
from messengers.types import Ask, AskField, Attempt, Choice, Health

_HERE = "here"


def is_wanted(answer: str | None) -> bool:
    """Whether the field `where` of the question was answered with "here"."""
    return answer == _HERE


def ask(attempt: Attempt, url: str) -> Ask:
    """`url`: where the bot delivers now. Taking it silently would break whatever uses the bot."""
    choices = (
        Choice(value="there", label=urlsplit(url).netloc or url[:60]),
        Choice(value=_HERE, label=urlsplit(attempt.webhook_url).netloc),
    )
    field = AskField(
        name="where",
        label=_("Where shall the bot deliver from now on?"),
        kind="choice",
        choices=choices,
        help=_("A bot delivers to one place only. Connected here, it stops delivering there."),
    )
    return Ask(fields=(field,), text=_("This bot already delivers its messages to another program."))


def health(url: str, *, ours: str, nowhere: str) -> Health:
    """How a bot stands that delivers to `url`. "disconnected": it delivers nowhere, and `activate` mends that."""
    if not url:
        return Health(state="disconnected", detail=nowhere)
    if url != ours:
        reason = _("Another program has taken the bot over")
        return Health(state="login_required", detail=f"{reason}: {urlsplit(url).netloc}")
    return Health(state="connected")
