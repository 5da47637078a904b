"""Everything an adapter may raise towards us: a closed set, each with one consequence for the delivery or the login.

A reason is the messenger's own sentence, or ours; it is shown to people and logged, so it never holds a credential.
"""

from __future__ import annotations

from happ_project.core.text import gettext_noop as _
from happ_project.core.text import sentence

_SHORTEST_WAIT, _LONGEST_WAIT = 0.5, 7 * 24 * 3600.0


class MessengerError(Exception):
    """Common ancestor; never raised itself."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class TryLater(MessengerError):
    """Surely not accepted, and worth another try after `retry_after` seconds (None: our own back-off).

    Others say how long: what is no length of time counts as not said, and a wait lasts from half a second to a week.
    """

    def __init__(self, retry_after: float | None = None, reason: str = "") -> None:
        super().__init__(reason)
        said = retry_after if retry_after is not None and retry_after > 0 else None  # NaN is not
        self.retry_after = said and min(max(said, _SHORTEST_WAIT), _LONGEST_WAIT)
        self.args = (self.retry_after, reason)


class Restricted(TryLater):
    """The platform has paused the whole address: nothing of it goes out for a while, and people are told."""


class Rejected(MessengerError):
    """Surely not accepted, and never will be as it is. `code` is a stable word, the reason the messenger's."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(reason)
        self.args = (code, reason)
        self.code = code


class FormatRefused(Rejected):
    """Not accepted because of its formatting: the same text goes out once more, plain."""

    def __init__(self, reason: str = "") -> None:
        super().__init__("format", reason)


class LoginRequired(MessengerError):
    """The credential is dead: the address moves to "reconnect needed" and its queue stops."""


class Unsupported(MessengerError):
    """This messenger cannot do that; known from the capabilities, raised before any network."""


class Unsure(MessengerError):
    """It may have been accepted. Never repeated blindly: it waits for an echo, the messenger's log or a person."""


class BadSignature(MessengerError):
    """The request does not prove that it comes from the messenger: 403, nothing stored."""


def unclear(reason: str, *, repeatable: bool) -> MessengerError:
    """The end of a call is not known; `repeatable`: carrying it out twice does no harm, so it is a mere failure."""
    return TryLater(None, reason) if repeatable else Unsure(reason)


def answered(who: str, status: object) -> str:
    """A reason where the platform gives none but its status of HTTP."""
    return sentence(_("%(who)s answered with the HTTP status %(status)s"), who=who, status=status)


def answered_with(who: str, word: object) -> str:
    """The same of a status in the body."""
    return sentence(_("%(who)s answered with the status %(status)s"), who=who, status=word)
