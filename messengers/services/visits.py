"""Visits to a platform's own page during a login: out with a word that only this browser knows, back with an answer.

The word (`state`) is in the browser's session beside the login, the person and the company that it belongs to. It is
good once and for as long as the login lives, so nobody can be made to finish somebody else's login.
"""

from collections.abc import MutableMapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from happ_project.core import clock, crypto
from messengers import types
from messengers.models import LoginAttempt
from messengers.services import login

_KEY = "visits"
_MOST = 5  # logins begun in one browser at once


class Unexpected(Exception):
    """Nobody here went there, or it was too long ago; the text says what to do."""


def depart(session: MutableMapping[str, Any], attempt: LoginAttempt, *, user_id: Any) -> str:
    """The address to go to; from now on this browser may come back from it. Raises `Unexpected`."""
    step = login.step_of(attempt) if attempt.status == LoginAttempt.Status.ACTIVE else None
    if not isinstance(step, types.Visit):
        raise Unexpected(_("This login is at another step by now."))
    if step.state:
        kept = dict(list(session.get(_KEY, {}).items())[-(_MOST - 1) :])
        kept[crypto.digest(step.state)] = [
            str(attempt.public_id), str(user_id), str(attempt.company_id), attempt.expires_at.timestamp()
        ]  # fmt: skip
        session[_KEY] = kept
    return step.url


def arrive(session: MutableMapping[str, Any], given: dict[str, str], *, user_id: Any, company_id: UUID) -> LoginAttempt:
    """Hand what the platform says to the login it belongs to. Raises `Unexpected`, and then nothing has happened."""
    kept = dict(session.get(_KEY, {}))
    found = kept.pop(crypto.digest(given.get("state", "")), None)
    if found is None:
        raise Unexpected(_("Nobody began this login in this browser, or it has been finished. Please begin it here."))
    session[_KEY] = kept
    public_id, who, where, until = found
    if who != str(user_id) or where != str(company_id):
        raise Unexpected(_("This login was begun in another company. Switch to it and begin again."))
    attempt = LoginAttempt.objects.filter(public_id=public_id, status=LoginAttempt.Status.ACTIVE).first()
    if attempt is None or until <= clock.now().timestamp():
        raise Unexpected(_("This login took too long. Please start again."))
    step = login.step_of(attempt)
    if not isinstance(step, types.Visit) or not crypto.same(step.state, given.get("state", "")):
        raise Unexpected(_("This login is at another step by now."))
    login.answer(
        attempt, {name: given[name] for name in ("code", "error", "error_reason") if name in given} or {"": ""}
    )
    return attempt
