"""The calls of Viber's own bot API, and what its statuses mean for us.

Source: https://creators.viber.com/docs/bots-api/. The HTTP status is 200 even of a refusal: the body's `status` counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from happ_project.core import http
from happ_project.core.text import gettext_noop as _
from messengers import errors, fetching
from messengers.reading import json_object, number_of, text_of
from messengers.types import Fetched

if TYPE_CHECKING:
    from messengers.adapter import IO

_DEFAULT_BASE = "https://chatapi.viber.com/pa"
_TOO_MANY = 12
_PAUSE = 600.0  # a hundred messages an hour to one person who does not answer
# the token or the bot itself: nothing will go out before somebody sees to it
_DEAD = {2, 7, 8, 9, 10, 15}
_CODES = {
    1: "invalid_url", 3: "invalid", 4: "invalid", 5: "not_registered", 6: "not_subscribed", 11: "no_device",
    13: "too_old", 14: "too_old", 20: "not_allowed", 21: "country", 23: "no_balance", 24: "no_balance",
}  # fmt: skip
_OLD = _("This person's Viber is too old for this message.")
_EMPTY = _("The bot's balance at Viber is used up. Top it up in Viber's partner panel.")
_WORDS = {
    2: _("Viber does not accept this token."),
    5: _("This person is not on Viber any more."),
    6: _("This person has left the bot. They have to write to it first."),
    7: _("Viber has blocked this bot."),
    8: _("Viber does not know this bot any more."),
    9: _("Viber has suspended this bot."),
    10: _("Viber has lost the address to which it delivers this bot's messages."),
    11: _("This person's Viber cannot show a bot's messages."),
    13: _OLD,
    14: _OLD,
    20: _("Viber does not let this bot write first."),
    21: _("Viber does not let bots write to people in this country."),
    23: _EMPTY,
    24: _EMPTY,
}
"""Viber's own word is a name like `receiverNotSubscribed`."""


class ViberBot:
    def __init__(self, io: IO, token: str) -> None:
        self._io, self._token = io, token
        self._base = str(io.settings.get("VIBER_BOT_BASE_URL") or _DEFAULT_BASE).rstrip("/")

    def account(self) -> dict[str, Any]:
        """`id`, `name`, `uri`, `webhook`, …"""
        return self._call("/get_account_info", {})

    def set_webhook(self, url: str, *, events: list[str]) -> None:
        """Viber calls the address before it answers; '' takes the webhook away."""
        fields = {"event_types": events, "send_name": True, "send_photo": True} if url else {}
        self._call("/set_webhook", {"url": url, **fields})

    def send(self, body: Mapping[str, Any]) -> str:
        """Viber's id of the accepted message."""
        return text_of(self._call("/send_message", body, repeatable=False).get("message_token"))

    def download(self, url: str) -> Fetched:
        """A file in a callback; its address expires."""
        return fetching.download(self._io, url, trusted=[self._base])

    def portrait(self, url: str) -> Fetched | None:
        return fetching.portrait(self._io, url, trusted=[self._base])

    def _call(self, path: str, body: Mapping[str, Any], *, repeatable: bool = True) -> dict[str, Any]:
        """`repeatable`: carrying it out twice does no harm, so that an unclear end is no worse than a failure."""
        door = self._io.http.client("messenger", user_given=False)
        try:
            response = door.post(self._base + path, headers={"X-Viber-Auth-Token": self._token}, json=dict(body))
        except (http.ConnectFailed, http.Refused) as error:
            raise errors.TryLater(None, str(error)) from None
        except http.HttpError as error:
            raise errors.unclear(str(error), repeatable=repeatable) from None
        told = json_object(response.content)
        if response.status == 429:
            raise errors.TryLater(number_of(response.headers.get("Retry-After")) or _PAUSE, _("Viber asks us to wait"))
        if told is None or response.status >= 500:
            raise errors.unclear(errors.answered("Viber", response.status), repeatable=repeatable)
        status = told.get("status")
        if status == 0 and response.ok:
            return told
        raise self._verdict(status if isinstance(status, int) else -1, told)

    def _verdict(self, status: int, told: Mapping[str, Any]) -> errors.MessengerError:
        """A status of its own means that it was read and refused."""
        if status == _TOO_MANY:
            return errors.TryLater(_PAUSE, _("Viber asks us to wait"))
        own = (text_of(told.get("status_message")) or errors.answered_with("Viber", status))[:500]
        reason = _WORDS.get(status) or own.replace(self._token or "\x00", "…")
        if status in _DEAD:
            return errors.LoginRequired(reason)
        return errors.Rejected(_CODES.get(status, "refused"), reason)
