"""Handing a message to the company's own server, and what its answer means for us."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from happ_project.core import clock, http
from happ_project.core.text import gettext_noop as _
from happ_project.core.text import sentence
from messengers import errors
from messengers.reading import number_of
from messengers.types import Exchange

if TYPE_CHECKING:
    from messengers.adapter import IO

_MOST_ANSWER = 64 * 1024
_SHOWN = 300


def signature(body: bytes, secret: str) -> str:
    """`X-HAPP-Signature`: HMAC-SHA256 of the raw body, in lower-case hex."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def problem_with(endpoint: str) -> str:
    """Why this address cannot be used, or ""."""
    if len(endpoint) > 500:
        return _("This is no address of a server.")
    if problem := http.problem_with(endpoint):
        return problem
    parts = urlsplit(endpoint)
    return _("The address must not contain a name or a password.") if parts.username or parts.password else ""


class Endpoint:
    """The company's HTTPS address, and the secrets that sign what we send (the newest counts)."""

    def __init__(self, io: IO, url: str, secrets: Sequence[str]) -> None:
        self._io, self._url, self._secrets = io, url, [secret for secret in secrets if secret]

    def post(self, body: Mapping[str, Any], *, message_id: str) -> None:
        """Returns if it was accepted (2xx); raises what the refusal means. Every try goes into the request log."""
        if problem := problem_with(self._url):
            raise errors.Rejected("endpoint", problem)
        raw = orjson.dumps(dict(body))
        headers = {"Content-Type": "application/json", "User-Agent": "Happ-Channel/1", "X-HAPP-Message-Id": message_id}
        if self._secrets:
            headers["X-HAPP-Signature"] = signature(raw, self._secrets[0])
        door = self._io.http.client("messenger", user_given=True)
        started = clock.monotonic()
        try:
            response = door.post(self._url, data=raw, headers=headers, max_bytes=_MOST_ANSWER)
        except http.HttpError as error:
            self._record(body, started, error=str(error))
            raise _not_answered(error) from None
        said = self._without_secrets(response.text)
        self._record(body, started, status=response.status, answer=said)
        if not response.ok:
            raise _verdict(response.status, response.headers, said)

    def is_there(self) -> None:
        """Whether anybody answers at the address, whatever the answer; raises TryLater or Rejected."""
        try:
            self._io.http.client("messenger", user_given=True).request("HEAD", self._url)
        except http.HttpError as error:
            raise _not_answered(error, repeatable=True) from None

    def _record(
        self, body: Mapping[str, Any], started: float, *, status: int | None = None, answer: str = "", error: str = ""
    ) -> None:
        self._io.record(
            Exchange(
                direction="out",
                payload=dict(body),
                status=status,
                answer=answer,
                error=error,
                seconds=clock.monotonic() - started,
            )
        )

    def _without_secrets(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text


def _not_answered(error: http.HttpError, *, repeatable: bool = False) -> errors.MessengerError:
    if isinstance(error, http.Refused):
        return errors.Rejected("endpoint", f"{_('We do not call this address')}: {error}")
    if repeatable or isinstance(error, http.ConnectFailed):
        return errors.TryLater(None, str(error))
    return errors.Unsure(str(error))


def _verdict(status: int, headers: Mapping[str, str], said: str) -> errors.MessengerError:
    reason = sentence(_("Your server answered %(status)s"), status=status)
    if said.strip() and not said.lstrip().startswith("<"):
        reason += f": {said.strip()[:_SHOWN]}"
    if status in (429, 503):
        return errors.TryLater(number_of(headers.get("Retry-After")) or 5.0, reason)
    if status in (401, 403):
        return errors.LoginRequired(reason)
    if status >= 500 or status == 408:
        return errors.Unsure(reason)
    return errors.Rejected("redirected" if status < 400 else "refused", reason)
