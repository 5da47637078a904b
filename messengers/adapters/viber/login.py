"""Connecting a number that is linked at E-Chat: key and number, then the address that E-Chat shall call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from happ_project.core import clock
from happ_project.core.text import gettext_noop as _
from messengers import errors
from messengers.adapters.viber import parse
from messengers.adapters.viber.client import EChat
from messengers.reading import moment_of
from messengers.types import AccountGrant, AddressGrant, Ask, AskField, Attempt, Done, LoginStep, Show

if TYPE_CHECKING:
    from messengers.adapter import IO

_POLL = 2.0


def advance(io: IO, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
    """`attempt.state`: `step`, and once accepted `key`, `number`, `end_tarif`."""
    step = attempt.state.get("step")
    if step == "wait":
        return _wait(attempt, answer or {})
    if step is None or answer is None:
        return _ask(attempt.state)
    return _take(io, attempt, answer)


def _ask(state: dict[str, Any], *, values: Mapping[str, str] | None = None, key: str = "", number: str = "") -> Ask:
    """`key` and `number`: what is wrong with them."""
    state["step"] = "key"
    given = values or {}
    return Ask(
        text=_("First link the number in E-Chat's own cabinet: scan its QR code with Viber on the phone."),
        fields=(
            AskField(
                name="key",
                label=_("API key"),
                kind="password",
                help=_("In E-Chat's cabinet, beside the number. Each number has a key of its own."),
                error=key,
            ),
            AskField(
                name="number",
                label=_("Viber number"),
                value=given.get("number", ""),
                help=_("With the country code, for example +380501234567."),
                error=number,
            ),
        ),
    )


def _take(io: IO, attempt: Attempt, answer: Mapping[str, str]) -> LoginStep:
    key, number = (answer.get("key") or "").strip(), parse.digits(answer.get("number") or "")
    if not key or not key.isascii() or not key.isprintable():
        return _ask(attempt.state, values=answer, key=_("Please paste the key."))
    if not number:
        return _ask(attempt.state, values=answer, number=_("Please give the number with its country code."))
    known = attempt.known(number)
    if known is not None and known.elsewhere:
        return _ask(attempt.state, values=answer, number=_("This number is already connected to another company."))
    try:
        ends = EChat(io, key).connect(number)
    except errors.LoginRequired as error:
        return _ask(attempt.state, values=answer, key=error.reason)
    except errors.Rejected as error:
        return _ask(attempt.state, values=answer, number=error.reason)
    if has_ended(ends):
        return _ask(attempt.state, values=answer, number=_("The E-Chat tariff of this number has ended."))
    attempt.state |= {"step": "wait", "key": key, "number": number, "end_tarif": ends}
    return _done(attempt.state) if known is not None else _show(attempt)


def _show(attempt: Attempt) -> Show:
    return Show(
        text=_(
            "Copy this address into E-Chat's cabinet, into both callback fields: incoming messages, and outgoing "
            "messages with statuses, and save there. Then write to the number from another phone."
        ),
        copy=attempt.webhook_url,
        waiting=_("Waiting for the first callback…"),
        skip=_("Go on without waiting"),
        poll_after=_POLL,
    )


def _wait(attempt: Attempt, answer: Mapping[str, str]) -> LoginStep:
    if attempt.called_at is None and not answer.get("skip"):
        return _show(attempt)
    return _done(attempt.state)


def _done(state: Mapping[str, Any]) -> Done:
    number = str(state["number"])
    account = AccountGrant(external_id=number, name=f"E-Chat +{number}", credentials={"key": state["key"]})
    # The person pasted the address of the first login: a new key for the same number must not make it stale.
    address = AddressGrant(
        external_id=number,
        name=f"+{number}",
        config={"end_tarif": state.get("end_tarif") or ""},
        keeps_webhook=True,
    )
    return Done(account=account, addresses=(address,))


def has_ended(ends: str) -> bool:
    """Whether a tariff's last day has passed. A date that cannot be read has not: E-Chat itself will say so."""
    moment: datetime | None = parse.written_time(ends) or moment_of(ends)
    return moment is not None and moment.date() < clock.now().date()
