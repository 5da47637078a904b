"""Connecting a Viber bot: its token, and where Viber shall deliver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from happ_project.core.text import gettext_noop as _
from messengers import errors, takeover
from messengers.adapters.viber_bot import parse
from messengers.adapters.viber_bot.client import ViberBot
from messengers.reading import text_of
from messengers.types import AccountGrant, AddressGrant, Ask, AskField, Attempt, Done, LoginStep

if TYPE_CHECKING:
    from messengers.adapter import IO


def advance(io: IO, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
    """`attempt.state`: `step`, and once accepted `token` and `bot`."""
    state = attempt.state
    if state.get("step") == "take" and answer is not None:
        return _connect(io, attempt) if takeover.is_wanted(answer.get("where")) else _ask(state)
    if state.get("step") == "token" and answer is not None:
        return _take_token(io, attempt, answer)
    return _ask(state)


def _ask(state: dict[str, Any], error: str = "") -> Ask:
    state.clear()
    state["step"] = "token"
    field = AskField(
        name="token",
        label=_("Bot token"),
        kind="password",
        help=_("In Viber's partner panel (partners.viber.com), Edit info of your bot. New bots need a contract."),
        error=error,
    )
    return Ask(fields=(field,), text=_("The official Viber bot: customers write to the bot, not to a number."))


def _take_token(io: IO, attempt: Attempt, answer: Mapping[str, str]) -> LoginStep:
    token = (answer.get("token") or "").strip()
    if not token or not token.isascii() or not token.isprintable():
        return _ask(attempt.state, _("Please paste the token."))
    try:
        told = ViberBot(io, token).account()
    except (errors.LoginRequired, errors.Rejected):
        return _ask(attempt.state, _("Viber does not accept this token."))
    bot_id = text_of(told.get("id"))
    if not bot_id:
        return _ask(attempt.state, _("Viber does not say which bot this is. Please try again."))
    known = attempt.known(bot_id)
    if known is not None and known.elsewhere:
        return _ask(attempt.state, _("This bot is already connected to another company."))
    name = text_of(told.get("name")) or text_of(told.get("uri")) or bot_id
    attempt.state |= {"token": token, "bot": {"id": bot_id, "name": name, "uri": text_of(told.get("uri"))}}
    url = text_of(told.get("webhook"))
    if url and url not in (attempt.webhook_url, known.webhook_url if known else ""):
        attempt.state["step"] = "take"
        return takeover.ask(attempt, url)
    return _connect(io, attempt)


def _connect(io: IO, attempt: Attempt) -> LoginStep:
    """Viber calls the address while it is being set: whoever answers there must know of this login."""
    bot = attempt.state["bot"]
    ViberBot(io, attempt.state["token"]).set_webhook(attempt.webhook_url, events=parse.EVENTS)
    account = AccountGrant(external_id=bot["id"], name=bot["name"], credentials={"token": attempt.state["token"]})
    address = AddressGrant(
        external_id=bot["id"],
        name=bot["name"],
        credentials={"webhook_url": attempt.webhook_url},
        config={"name": bot["name"], "uri": bot["uri"]},
    )
    return Done(account=account, addresses=(address,))
