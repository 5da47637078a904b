"""Connecting a bot: its token, and where Telegram shall deliver."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from happ_project.core import clock, ids
from happ_project.core.text import gettext_noop as _
from messengers import errors, takeover
from messengers.adapters.telegram_bot import parse
from messengers.adapters.telegram_bot.client import TelegramBot
from messengers.reading import text_of
from messengers.types import AccountGrant, AddressGrant, Ask, AskField, Attempt, Done, LoginStep

if TYPE_CHECKING:
    from messengers.adapter import IO

_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{20,100}")


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
        help=_("In Telegram, write to @BotFather: /newbot for a new bot, /token for one that you have."),
        error=error,
    )
    return Ask(fields=(field,), text=_("A Telegram bot is a chat of its own: customers write to it by its @name."))


def _take_token(io: IO, attempt: Attempt, answer: Mapping[str, str]) -> LoginStep:
    token = (answer.get("token") or "").strip()
    if not _TOKEN.fullmatch(token):
        return _ask(attempt.state, _("A bot's token looks like 123456789:AA… Please paste the whole of it."))
    bot = TelegramBot(io, token)
    try:
        me = bot.me()
    except (errors.LoginRequired, errors.Rejected):
        return _ask(attempt.state, _("Telegram does not accept this token."))
    bot_id = text_of(me.get("id"))
    known = attempt.known(bot_id)
    if known is not None and known.elsewhere:
        return _ask(attempt.state, _("This bot is already connected to another company."))
    attempt.state |= {
        "token": token,
        "bot": {
            "id": bot_id,
            "username": text_of(me.get("username")),
            "name": text_of(me.get("first_name")),
            "reads_groups": me.get("can_read_all_group_messages") is True,
        },
    }
    url = text_of(bot.webhook().get("url"))
    if url and url not in (attempt.webhook_url, known.webhook_url if known else ""):
        attempt.state["step"] = "take"
        return takeover.ask(attempt, url)
    return _connect(io, attempt)


def _connect(io: IO, attempt: Attempt) -> LoginStep:
    bot, secret = attempt.state["bot"], ids.new_token()
    TelegramBot(io, attempt.state["token"]).set_webhook(attempt.webhook_url, secret=secret, updates=parse.UPDATES)
    name = f"@{bot['username']}" if bot["username"] else bot["name"] or bot["id"]
    account = AccountGrant(external_id=bot["id"], name=name, credentials={"token": attempt.state["token"]})
    address = AddressGrant(
        external_id=bot["id"],
        name=name,
        credentials={"webhook_url": attempt.webhook_url, "webhook_secrets": [secret]},
        config={
            "username": bot["username"],
            "reads_groups": bot["reads_groups"],
            "connected_at": clock.now().isoformat(),
        },
    )
    return Done(account=account, addresses=(address,))
