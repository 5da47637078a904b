"""E-Chat's HTTP calls, and what its answers mean for us.

E-Chat publishes no readable reference: the calls are those on which independent public clients agree. What nobody
knows is read so that either truth is harmless (README.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from happ_project.core import http
from happ_project.core.text import gettext_noop as _
from messengers import errors, fetching
from messengers.reading import json_object, mapping, number_of, text_of
from messengers.types import Fetched

if TYPE_CHECKING:
    from messengers.adapter import IO

_DEFAULT_BASE = "https://e-chat.tech/api/viber/v2"
# Cloudflare stands before the service and turns away the names of common libraries (its error 1010).
_AS = {"User-Agent": "Happ/1.0 (messenger gateway client)"}
_PAUSE = 60.0
_MOST_MEDIA_BYTES = 25 * 1024 * 1024
# Cloudflare's own numbers for "the server behind me was never reached"
_NOT_REACHED = {521, 522, 523, 525, 526, 530}
_DEAD = (
    "api key", "api-key", "apikey", "unauthor", "token", "tariff", "tarif", "тариф", "subscription", "expired", "paid",
    "оплат", "not connected", "disconnected", "not active", "не подключ", "не підключ", "channel not found",
    "integration not found",
)  # fmt: skip
_TOO_FAST = ("too many", "rate limit", "too often", "flood")


class EChat:
    """One key's view: the key belongs to one number."""

    def __init__(self, io: IO, key: str) -> None:
        self._io, self._key = io, key
        self._base = str(io.settings.get("ECHAT_BASE_URL") or _DEFAULT_BASE).rstrip("/")

    def connect(self, number: str) -> str:
        """Switch callbacks on for the number; that they are on already is as good. Returns when the tariff ends."""
        answer = self._call("/channel/connect", {"number": number, "integration": "api"}, repeatable=True)
        return text_of(answer.get("end_tarif")) or text_of(answer.get("end_tariff"))

    def disconnect(self, number: str) -> None:
        self._call("/channel/disconnect", {"number": number}, repeatable=True)

    def send(self, body: Mapping[str, Any]) -> str:
        """E-Chat's own id of the accepted message, '' where it tells none."""
        answer = self._call("/messages/send", body, repeatable=False)
        inside = mapping(answer.get("message"), default={})
        return text_of(inside.get("message_id")) or text_of(answer.get("message_id"))

    def download(self, url: str) -> Fetched:
        """A file in a callback."""
        return fetching.download(self._io, url, trusted=[self._base], headers=_AS, most=_MOST_MEDIA_BYTES)

    def portrait(self, url: str) -> Fetched | None:
        return fetching.portrait(self._io, url, trusted=[self._base], headers=_AS)

    def _call(self, path: str, body: Mapping[str, Any], *, repeatable: bool) -> dict[str, Any]:
        """`repeatable`: carrying it out twice does no harm, so that an unclear end is no worse than a failure."""
        headers = {"Api-Key": self._key, "Accept": "application/json", **_AS}
        door = self._io.http.client("messenger", user_given=False)
        try:
            response = door.post(self._base + path, headers=headers, json=dict(body))
        except (http.ConnectFailed, http.Refused) as error:
            raise errors.TryLater(None, str(error)) from None
        except http.HttpError as error:
            raise errors.unclear(str(error), repeatable=repeatable) from None
        told = json_object(response.content)
        reason = self._reason(told, response.status)
        if path == "/channel/connect" and (response.status == 409 or "already exist" in reason.lower()):
            return told or {}
        if not response.ok:
            raise _verdict(response.status, response.headers, reason, readable=told is not None, repeatable=repeatable)
        if told is None:
            raise errors.unclear(_("E-Chat's answer is not JSON"), repeatable=repeatable)
        word = text_of(told.get("status")).strip().lower()
        if word == "error":
            raise _refusal(reason)
        if word not in ("success", "ok"):
            raise errors.unclear(
                errors.answered_with("E-Chat", word or "–"),
                repeatable=repeatable,
            )
        return told

    def _reason(self, told: Mapping[str, Any] | None, status: int) -> str:
        """E-Chat's sentence, never with the key in it."""
        said = told or {}
        found = text_of(said.get("description")) or text_of(said.get("message")) or text_of(said.get("error"))
        return (found or errors.answered("E-Chat", status)).replace(self._key or "\x00", "…")[:500]


def _verdict(
    status: int, headers: Mapping[str, str], reason: str, *, readable: bool, repeatable: bool
) -> errors.MessengerError:
    pause = number_of(headers.get("Retry-After"))
    if status == 429:
        return errors.TryLater(pause or _PAUSE, reason)
    if status == 403 and not readable:
        return errors.TryLater(_PAUSE, _("The firewall before E-Chat turned us away (403)"))
    if status in (401, 402, 403):
        return errors.LoginRequired(reason)
    if status in _NOT_REACHED or (status == 503 and pause):
        return errors.TryLater(pause, reason)
    if status >= 500 or status == 408:
        return errors.unclear(reason, repeatable=repeatable)
    return _refusal(reason)


def _refusal(reason: str) -> errors.MessengerError:
    """E-Chat has no codes, only sentences. A sentence about the number as a whole stops the channel."""
    said = reason.lower()
    if any(word in said for word in _TOO_FAST):
        return errors.TryLater(_PAUSE, reason)
    if any(word in said for word in _DEAD):
        return errors.LoginRequired(reason)
    return errors.Rejected("refused", reason)
